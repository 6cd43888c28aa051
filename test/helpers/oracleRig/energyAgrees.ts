import { expect } from "chai";
import { GatewayStore } from "../../../oracle/store/gatewayStore.ts";
import type { QuarantineEntry } from "../../../oracle/store/quarantine.ts";
import type { StoredReading } from "../../../oracle/store/readings.ts";
import type { Counters } from "../../../oracle/judgement/judge.ts";
import { decodeReport } from "../../../sdk/readings/report.ts";
import type { OracleRig } from "../oracleRig.ts";
import type { RigGateway } from "./rigGateway.ts";
import type { RigMeter } from "./rigLine.ts";

/** What came of a meter's energy: all of it is on the chain, or an open entry of this code explains the difference. */
export type EnergyOutcome = "same energy" | `quarantine: ${string}`;

/** After the end of a period a reading of it may be taken for half a period, and a slow meter may take this long. */
const READ_WITHIN_S = 30;

/**
 * Checks every meter of a gateway: the chain's registers are the meter's when it was read for the last period, or an open
 * quarantine entry explains why they are not; and no reading was ever on the chain that the meter had not counted.
 */
export async function energyAgrees(
  rig: OracleRig,
  gateway: RigGateway,
): Promise<Map<RigMeter, EnergyOutcome>> {
  const { entries, readings } = storedFacts(gateway);
  const outcomes = new Map<RigMeter, EnergyOutcome>();
  for (const meter of gateway.meters) {
    const isOwn = ({ participant }: { participant: number }) => participant === meter.participant;
    const own = { entries: entries.filter(isOwn), readings: readings.filter(isOwn) };
    await expectTrueReadings(rig, meter, own.entries);
    outcomes.set(meter, await outcomeOf(rig, meter, own, gateway));
  }
  return outcomes;
}

interface StoredFacts {
  entries: readonly QuarantineEntry[];
  /** The latest reading of each meter. */
  readings: readonly StoredReading[];
}

function storedFacts(gateway: RigGateway): StoredFacts {
  const store = GatewayStore.openReadOnly(gateway.storePath);
  try {
    return { entries: store.quarantine.latest(1_000), readings: store.readings.latest() };
  } finally {
    store.close();
  }
}

async function outcomeOf(
  rig: OracleRig,
  meter: RigMeter,
  { entries, readings }: StoredFacts,
  { log }: RigGateway,
): Promise<EnergyOutcome> {
  const { reads } = rig;
  const { meterId, period, importWh, exportWh } = await reads.meterOf(meter.participant);
  const open = entries.filter((entry) => entry.state === "open" && entry.meterId === meterId);
  if (open.length !== 0) {
    for (const entry of open) {
      // It says why the chain has no more than before it.
      expect(entry.explanation).not.to.equal("");
      expect(period).to.be.at.most(entry.period);
    }
    return `quarantine: ${open.map(({ code }) => code).join(", ")}`;
  }
  const said = `\n${log.slice(-12).join("\n")}`;
  expect(period, `the latest period on the chain${said}`).to.equal(rig.endedPeriod);
  // Where the first try failed the meter was read a little later.
  const stored = readings.find((reading) => reading.meterId === meterId);
  const readAtS = stored?.period === period ? stored.readAtMs / 1000 : reads.startOf(period + 1);
  const truth = meter.truthAt(readAtS);
  expect({ importWh, exportWh }, `registers of period ${period}${said}`).to.deep.equal(truth);
  return "same energy";
}

async function expectTrueReadings(
  rig: OracleRig,
  meter: RigMeter,
  entries: readonly QuarantineEntry[],
): Promise<void> {
  const { reads, periodLengthS } = rig;
  for (const reading of await readingsOnChain(rig, meter.participant)) {
    const endS = reads.startOf(reading.period + 1);
    const { truthAt } = reading.period <= (meter.before?.untilPeriod ?? -1) ? meter.before! : meter;
    const most = truthAt(endS + periodLengthS / 2 + READ_WITHIN_S);
    expectAtMost(reading, most, `period ${reading.period}`);
    // Where something was suspicious the chain may have less for a while, never more.
    if (entries.length === 0) expectAtMost(truthAt(endS), reading, `period ${reading.period}`);
  }
}

function expectAtMost(a: Counters, b: Counters, where: string): void {
  for (const name of ["importWh", "exportWh"] as const)
    expect(a[name] <= b[name], `${where}: ${name} ${a[name]} <= ${b[name]}`).to.equal(true);
}

/** Every reading of a participant that the chain has counted, in order. */
export async function readingsOnChain(
  { reads, chain }: OracleRig,
  participant: number,
): Promise<(Counters & { period: number })[]> {
  const { market } = reads.addresses;
  const logs = await chain.provider.getLogs({ address: market, fromBlock: 0, toBlock: "latest" });
  return decodeReport(logs, market).counted.filter(
    (reading) => reading.participant === participant,
  );
}
