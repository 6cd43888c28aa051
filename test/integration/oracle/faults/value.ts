import { expect } from "chai";
import { constantLoad } from "../../../../oracle/simulator/meteredLoad.ts";
import { energyAgrees, type EnergyOutcome } from "../../../helpers/oracleRig/energyAgrees.ts";
import type { RigGateway } from "../../../helpers/oracleRig/rigGateway.ts";
import type { LinePlan, RigMeter } from "../../../helpers/oracleRig/rigLine.ts";
import { DEPLOYMENT_S, OracleRig, SIMULATED_START_S } from "../../../helpers/oracleRig.ts";

/** What a meter does, and what its energy comes to. Seconds count from when the meters were put up. */
interface Case {
  plan: LinePlan;
  outcome: EnergyOutcome;
  /** What was found out meanwhile. */
  codes?: readonly string[];
  /** What is done about it in the sixth period. */
  remedy?: "release" | "rebind";
}

/** When a rig's meters are put up, in unix seconds. */
const START_S = SIMULATED_START_S + DEPLOYMENT_S;
/** The end of period 2, when it is read. */
const END_OF_PERIOD_S = 2_820;
const FROM = { afterSeconds: 2_500 };
const WHILE = { ...FROM, forSeconds: 1_500 };
const DLT645 = { protocol: "dlt645" } as const;
/** Float registers, and a marker that says that there is no value. */
const FLOATS = { profile: "eastron-sdm630" };
/** Of a DL/T 645 meter. */
const RANGE_WH = 1_000_000_000n;
/** Draws three kilowatts all the time, and wraps around in the third period. */
const ABOUT_TO_WRAP = {
  meters: [{ importWh: RANGE_WH - 1_700n, load: constantLoad(3_000, START_S) }],
};
/** The same with a counter of which nobody knows how far it counts. */
const WRAPS_UNKNOWN = {
  meters: [{ importWh: 1_298_300n, load: constantLoad(3_000, START_S) }],
  faults: [{ fault: "wrap", rangeWh: 1_300_000, beforeWh: 1_700, quantity: "importEnergyWh" }],
};
/** Draws so much that a counter that stands still is soon found out. */
const HUNGRY = { meters: [{ load: constantLoad(6_000, START_S) }] };

const same = (plan: LinePlan, codes: string[] = []): Case => ({
  plan,
  outcome: "same energy",
  codes,
});
const held = (plan: LinePlan, code: string): Case => ({
  ...{ plan, outcome: `quarantine: ${code}`, codes: [code] },
});
const unreadable = (fault: string, plan: LinePlan): Case =>
  same({ ...plan, faults: [{ fault, ...WHILE }] }, ["absent"]);

const CASES: readonly [title: string, cases: readonly Case[]][] = [
  [
    "(14) a counter that is zero for one read",
    [
      same({ faults: [{ fault: "zeroOnce", afterSeconds: END_OF_PERIOD_S }] }),
      same({ ...DLT645, faults: [{ fault: "zeroOnce", afterSeconds: END_OF_PERIOD_S }] }),
      same({ faults: [{ fault: "zeroOnce", ...WHILE }] }, ["zero"]),
    ],
  ],
  [
    "(15) a counter that was rolled back, or a meter that was replaced",
    [
      same({ faults: [{ fault: "rollback", energyWh: 50_000, ...WHILE }] }, ["backwards"]),
      held({ faults: [{ fault: "rollback", energyWh: 50_000, ...FROM }] }, "backwards"),
      held({ faults: [{ fault: "replaced", ...FROM }] }, "serial-changed"),
      held({ ...DLT645, faults: [{ fault: "replaced", ...FROM }] }, "serial-changed"),
      {
        plan: { faults: [{ fault: "replaced", importWh: 70_000, ...FROM }] },
        ...{ outcome: "same energy", codes: ["serial-changed"], remedy: "rebind" },
      },
    ],
  ],
  [
    "(16) a counter that wraps around",
    [
      held({ ...DLT645, ...ABOUT_TO_WRAP }, "wrap-around"),
      {
        plan: { ...DLT645, ...ABOUT_TO_WRAP },
        ...{ outcome: "same energy", codes: ["wrap-around"], remedy: "release" },
      },
      held(WRAPS_UNKNOWN, "backwards"),
    ],
  ],
  [
    "(17) a counter that is stuck while power flows",
    [
      same({ ...HUNGRY, faults: [{ fault: "stuck", ...WHILE }] }, ["stuck"]),
      held({ ...HUNGRY, faults: [{ fault: "stuck", ...FROM }] }, "stuck"),
    ],
  ],
  [
    "(18) NaN, 0xFFFF, FF FF and what is no BCD",
    [
      unreadable("nan", FLOATS),
      unreadable("absent", FLOATS),
      same({ faults: [{ fault: "ffff", ...WHILE }] }),
      unreadable("absent", DLT645),
      unreadable("ffff", DLT645),
      unreadable("nonBcd", DLT645),
      held({ ...FLOATS, faults: [{ fault: "nan", ...FROM }] }, "absent"),
      held({ ...DLT645, faults: [{ fault: "absent", ...FROM }] }, "absent"),
    ],
  ],
];

describe("a gateway with faults in what its meters show", function () {
  this.timeout(60_000);
  let rig: OracleRig;
  let gateway: RigGateway;
  let outcomes: Map<RigMeter, EnergyOutcome>;
  const all = CASES.flatMap(([, cases]) => cases);

  before(async () => {
    rig = await OracleRig.create();
    gateway = await rig.addGateway({ lines: all.map(({ plan }) => plan) });
    gateway.start();
    await rig.passPeriods(6);
    for (const [index, { remedy }] of all.entries()) {
      const meter = gateway.meters[index]!;
      if (remedy === "release") await release(meter);
      if (remedy === "rebind") await rebind(meter);
    }
    await rig.passPeriods(3);
    outcomes = await energyAgrees(rig, gateway);
  });

  after(() => rig.stop());

  async function release({ participant }: RigMeter): Promise<void> {
    const entry = gateway.store.quarantine.open().find((open) => open.participant === participant);
    const order = { kind: "release", resolution: "wrap-around" } as const;
    await rig.command(gateway, { ...order, quarantineId: entry!.id });
  }

  /** The old device is read off where it was taken down, the new one as it is now. */
  async function rebind(meter: RigMeter): Promise<void> {
    const { truthAt: old } = meter;
    meter.before = { truthAt: old, untilPeriod: rig.endedPeriod };
    const sinceS = START_S + FROM.afterSeconds;
    const last = old(sinceS);
    meter.truthAt = (timeS) => ({
      importWh: 70_000n + old(timeS).importWh - last.importWh,
      exportWh: old(timeS).exportWh - last.exportWh,
    });
    const { serialNumber: serial } = gateway.daemon
      .status()
      .meters.find(({ participant }) => participant === meter.participant)!.lastSample!;
    const first = meter.truthAt(rig.time.nowS());
    await rig.rebind(meter, gateway, { serial: serial!, last, first });
  }

  for (const [title, cases] of CASES) {
    it(`settles nothing that is wrong with ${title}`, () => {
      for (const { plan, outcome, codes = [] } of cases) {
        const index = all.findIndex((one) => one.plan === plan);
        const meter = gateway.meters[index]!;
        const what = JSON.stringify(plan.faults ?? "its counter");
        expect(outcomes.get(meter), what).to.equal(outcome);
        const entries = gateway.store.quarantine
          .latest(1_000)
          .filter(({ participant }) => participant === meter.participant);
        expect([...new Set(entries.map(({ code }) => code))], what).to.deep.equal(codes);
        for (const { fault } of plan.faults ?? [])
          expect(meter.hits.get(fault), what).to.be.above(0);
      }
    });
  }
});
