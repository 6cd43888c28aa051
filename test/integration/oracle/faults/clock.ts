import { expect } from "chai";
import { energyAgrees } from "../../../helpers/oracleRig/energyAgrees.ts";
import { isDown } from "../../../helpers/oracleRig/faultyRpc.ts";
import type { RigGateway } from "../../../helpers/oracleRig/rigGateway.ts";
import { SteppedClock } from "../../../helpers/oracleRig/steppedClock.ts";
import { OracleRig } from "../../../helpers/oracleRig.ts";

const HOUR_S = 3_600;

/** Where a machine's clock is set, in hours ahead: at the start, in period 3, in period 5. */
type Course = readonly [start: number, then: number, atLast: number];

const CASES: Record<string, Course> = {
  "an hour forwards": [0, 1, 1],
  "an hour back": [0, -1, -1],
  "an hour forwards, and right again": [0, 1, 0],
  "an hour back, and right again": [0, -1, 0],
  "an hour forwards and two back": [0, 1, -1],
  "right, after it was an hour ahead from the start": [1, 1, 0],
  "right, after it was an hour behind from the start": [-1, -1, 0],
};

/** The same while no node answers, so that nothing but the monotonic clock tells the time. */
const LONELY: readonly [name: string, course: Course][] = [
  ["an hour forwards while no node answers", [0, 1, 0]],
  ["an hour back while no node answers", [0, -1, 0]],
];

describe("a gateway on a machine whose clock is set", function () {
  this.timeout(60_000);
  let rig: OracleRig;
  const gateways = new Map<string, RigGateway>();

  before(async () => {
    rig = await OracleRig.create();
    const clocks = new Map<string, SteppedClock>();
    for (const [name, [hours]] of [...Object.entries(CASES), ...LONELY]) {
      clocks.set(name, new SteppedClock(rig.time, hours * HOUR_S));
      gateways.set(name, await rig.addGateway({ lines: [{}] }));
    }
    await rig.passPeriods(2);
    for (const [name, gateway] of gateways) {
      const { time, watch } = clocks.get(name)!;
      gateway.start({ time, daemon: { watch } });
    }
    const set = (which: 1 | 2) => {
      for (const [name, course] of [...Object.entries(CASES), ...LONELY])
        clocks.get(name)!.aheadS = course[which] * HOUR_S;
    };
    await rig.passPeriods(2);
    for (const [name] of LONELY) gateways.get(name)!.node.fault = isDown;
    await rig.pass(60);
    set(1);
    await rig.passPeriods(2);
    for (const [name] of LONELY) gateways.get(name)!.node.fault = undefined;
    set(2);
    await rig.passPeriods(6);
  });

  after(() => rig.stop());

  for (const [name] of [...Object.entries(CASES), ...LONELY]) {
    it(`has the same energy on the chain after (19) a clock set ${name}`, async () => {
      const gateway = gateways.get(name)!;
      const outcomes = [...(await energyAgrees(rig, gateway)).values()];
      expect(outcomes).to.deep.equal(["same energy"]);
      const isLonely = LONELY.some(([lonely]) => lonely === name);
      const said = isLonely ? "the chain cannot be followed" : "the clock is not right";
      expect(gateway.log.join("\n")).to.include(said);
    });
  }
});
