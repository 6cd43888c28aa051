import { expect } from "chai";
import { energyAgrees, type EnergyOutcome } from "../../../helpers/oracleRig/energyAgrees.ts";
import type { RigGateway } from "../../../helpers/oracleRig/rigGateway.ts";
import type { LinePlan, RigMeter } from "../../../helpers/oracleRig/rigLine.ts";
import { OracleRig } from "../../../helpers/oracleRig.ts";
import { openPtyPair, type PtyPair } from "../../../helpers/ptyPair.ts";

/** Over two ends of periods, at 2,820 and 3,720; seconds since the meters were put up. */
const WHILE = { afterSeconds: 2_790, forSeconds: 1_010 };
/** Meters that answer in time, however slowly. */
const PATIENT = { replyTimeoutMs: 600 };
const SERIAL = {
  kind: "serial",
  baudRate: 19_200,
  parity: "even",
  dataBits: 8,
  stopBits: 1,
} as const;

const RTU = { protocol: "modbus-rtu-over-tcp" } as const;
const DLT645 = { protocol: "dlt645" } as const;
const TWO = { meters: [{}, {}] };

/** A line of its own for each case; `serial` puts it on a pair of pseudo-terminals. */
const CASES: readonly [title: string, plans: readonly (LinePlan & { serial?: boolean })[]][] = [
  [
    "(1) a silent meter",
    [
      { faults: [{ fault: "silent", ...WHILE }] },
      { ...RTU, ...TWO, faults: [{ fault: "silent", unit: "1", ...WHILE }] },
      { ...DLT645, faults: [{ fault: "silent", ...WHILE }] },
      { faults: [{ fault: "refuseConnect", ...WHILE }] },
    ],
  ],
  [
    "(2) late RTU replies",
    [
      { ...RTU, ...TWO, faults: [{ fault: "late", delayMs: 190, chance: 0.5, ...WHILE }] },
      { ...TWO, serial: true, faults: [{ fault: "late", delayMs: 190, chance: 0.5, ...WHILE }] },
      { ...DLT645, ...TWO, faults: [{ fault: "late", delayMs: 190, chance: 0.3, ...WHILE }] },
    ],
  ],
  [
    "(3) duplicated replies",
    [
      { ...RTU, ...TWO, faults: [{ fault: "duplicate", gapMs: 4, chance: 0.5, ...WHILE }] },
      { ...TWO, serial: true, faults: [{ fault: "duplicate", copies: 2, chance: 0.5, ...WHILE }] },
      { ...DLT645, ...TWO, faults: [{ fault: "duplicate", gapMs: 4, chance: 0.5, ...WHILE }] },
      { faults: [{ fault: "duplicate", chance: 0.5, ...WHILE }] },
    ],
  ],
  [
    "(4) bad checksums and noise",
    [
      { ...RTU, faults: [{ fault: "badCrc", chance: 0.5, ...WHILE }] },
      { ...RTU, faults: [{ fault: "noise", chance: 0.5, ...WHILE }] },
      { ...RTU, faults: [{ fault: "noise", place: "after", chance: 0.5, ...WHILE }] },
      { ...DLT645, faults: [{ fault: "badCrc", chance: 0.3, ...WHILE }] },
      { ...DLT645, faults: [{ fault: "noise", bytes: 20, chance: 0.3, ...WHILE }] },
    ],
  ],
  [
    "(5) replies split into bytes",
    [
      { ...PATIENT, faults: [{ fault: "split", gapMs: 1, ...WHILE }] },
      { ...RTU, ...PATIENT, faults: [{ fault: "split", gapMs: 1, ...WHILE }] },
      { ...DLT645, ...PATIENT, faults: [{ fault: "split", gapMs: 1, ...WHILE }] },
    ],
  ],
  [
    "(6) an RS-485 adapter that hears itself",
    [
      { ...RTU, faults: [{ fault: "echo" }] },
      { ...TWO, serial: true, faults: [{ fault: "echo" }] },
      { ...DLT645, faults: [{ fault: "echo" }] },
    ],
  ],
  [
    "(7) answers of the wrong slave",
    [
      { ...RTU, ...TWO, faults: [{ fault: "wrongUnit", unit: "1", answersAs: "2", ...WHILE }] },
      { faults: [{ fault: "wrongUnit", ...WHILE }] },
      { ...DLT645, faults: [{ fault: "wrongUnit", ...WHILE }] },
    ],
  ],
  [
    "(8) the exceptions 1 to 6, 10 and 11",
    [1, 2, 3, 4, 5, 6, 10, 11].map((code) => ({
      ...(code % 2 === 0 ? RTU : {}),
      faults: [{ fault: "exception", code, ...WHILE }],
    })),
  ],
  [
    "(9) a reset in the middle of a reply",
    [
      { faults: [{ fault: "resetMidReply", ...WHILE }] },
      { ...RTU, faults: [{ fault: "resetMidReply", afterBytes: 3, ...WHILE }] },
      { ...DLT645, faults: [{ fault: "resetMidReply", afterBytes: 14, ...WHILE }] },
    ],
  ],
  [
    "(10) a connection that is half open, as the meter's side shows it",
    [{ faults: [{ fault: "halfOpen", forRequests: 1, ...WHILE }] }],
  ],
  [
    "(12) a slow link",
    [
      { ...PATIENT, faults: [{ fault: "slow", bytesPerSecond: 500, delayMs: 20, ...WHILE }] },
      { ...RTU, faults: [{ fault: "slow", bytesPerSecond: 20, ...WHILE }] },
      { ...DLT645, ...PATIENT, faults: [{ fault: "slow", bytesPerSecond: 500, ...WHILE }] },
    ],
  ],
];

describe("a gateway with faults on its lines", function () {
  this.timeout(60_000);
  const pairs: PtyPair[] = [];
  let rig: OracleRig;
  let gateway: RigGateway;
  let outcomes: Map<RigMeter, EnergyOutcome>;
  /** The meters of each case. */
  const metersOf = new Map<string, RigMeter[]>();
  let wantsSocat = false;

  // All at once: the time stands still until the last has answered or not.
  before(async () => {
    rig = await OracleRig.create();
    const lines: LinePlan[] = [];
    const titles: string[] = [];
    for (const [title, plans] of CASES) {
      for (const { serial = false, ...plan } of plans) {
        const pair = serial ? await openPtyPair() : undefined;
        wantsSocat ||= serial && pair === undefined;
        if (serial && pair === undefined) continue;
        if (pair !== undefined) pairs.push(pair);
        lines.push(pair === undefined ? plan : onPair(plan, pair));
        titles.push(...(plan.meters ?? [{}]).map(() => title));
      }
    }
    gateway = await rig.addGateway({ lines });
    for (const [index, title] of titles.entries())
      metersOf.set(title, [...(metersOf.get(title) ?? []), gateway.meters[index]!]);
    gateway.start();
    await rig.passPeriods(7);
    outcomes = await energyAgrees(rig, gateway);
  });

  after(async () => {
    await rig.stop();
    await Promise.all(pairs.map((pair) => pair.close()));
  });

  for (const [title, plans] of CASES) {
    it(`has the same energy on the chain after ${title}`, () => {
      const meters = metersOf.get(title)!;
      for (const meter of meters) expect(outcomes.get(meter), meter.unit).to.equal("same energy");
      const faults = plans.flatMap((plan) => plan.faults!.map(({ fault }) => fault));
      for (const fault of faults.filter((name) => name !== "refuseConnect"))
        expect(
          meters.some(({ hits }) => hits.has(fault)),
          `${fault} hit`,
        ).to.equal(true);
      if (wantsSocat && plans.some(({ serial }) => serial === true))
        console.warn("      without a serial port: socat is not installed");
    });
  }

  it("leaves nothing in quarantine after faults of the line alone", () => {
    expect(gateway.daemon.status().quarantine).to.deep.equal([]);
  });
});

function onPair(plan: LinePlan, { near, far }: PtyPair): LinePlan {
  return {
    ...plan,
    protocol: "modbus-rtu",
    port: { ...SERIAL, path: far },
    clientPort: { ...SERIAL, path: near },
  };
}
