import { expect } from "chai";
import { energyAgrees } from "../../../helpers/oracleRig/energyAgrees.ts";
import { MortalGateway, STEPS } from "../../../helpers/oracleRig/mortal.ts";
import type { RigGateway } from "../../../helpers/oracleRig/rigGateway.ts";
import { OracleRig } from "../../../helpers/oracleRig.ts";

const POINTS = Object.values(STEPS)
  .flat()
  .flatMap((step) => [[step, "before"] as const, [step, "after"] as const]);

describe("a gateway that is killed", function () {
  this.timeout(60_000);
  let rig: OracleRig;
  /** One for each point at which it is killed, once in every second period. */
  const gateways = new Map<string, RigGateway>();
  const deaths = new Map<string, number>();

  before(async () => {
    rig = await OracleRig.create();
    for (const [step, when] of POINTS)
      gateways.set(`${when} ${step}`, await rig.addGateway({ lines: [{}, {}] }));
    for (let round = 0; round < 2; ++round) {
      const mortals = POINTS.map(([step, when]) => startMortal(step, when));
      await rig.passPeriods(round === 0 ? 3 : 1);
      for (const [index, [step, when]] of POINTS.entries()) {
        const name = `${when} ${step}`;
        deaths.set(name, (deaths.get(name) ?? 0) + (mortals[index]!.isDead ? 1 : 0));
        await gateways.get(name)!.stop();
      }
    }
    for (const gateway of gateways.values()) {
      gateway.node.chain = rig.chain.request;
      gateway.start();
    }
    await rig.passPeriods(2);
  });

  after(() => rig.stop());

  function startMortal(step: string, when: "before" | "after"): MortalGateway {
    const gateway = gateways.get(`${when} ${step}`)!;
    const mortal = new MortalGateway(step, when);
    gateway.node.chain = mortal.request(rig.chain.request);
    gateway.start({ wrapStore: (store) => mortal.wrapStore(store) });
    return mortal;
  }

  for (const [step, when] of POINTS) {
    const name = `${when} ${step}`;
    it(`has the same energy on the chain after (20) it was killed right ${name}`, async () => {
      const outcomes = [...(await energyAgrees(rig, gateways.get(name)!)).values()];
      expect(outcomes).to.deep.equal(["same energy", "same energy"]);
      expect(deaths.get(name)).to.equal(2);
    });
  }
});
