import { decodeReport } from "../../sdk/readings/report.ts";
import type { Log } from "../operations/log.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { StoredReading } from "../store/readings.ts";
import type { ChainFollower } from "./chainFollower.ts";
import { judgeReport } from "./judgeReport.ts";

export interface LearnOptions {
  store: GatewayStore;
  follower: ChainFollower;
  nowMs: number;
  /** A reading is refused, which is on record by then. */
  onRefused: () => void;
  log: Log;
}

/**
 * Keeps what the chain said of the readings of transactions that are in a block.
 * @returns for each transaction whether it was of use
 */
export async function learnOutcomes({
  store,
  follower,
  nowMs,
  onRefused,
  log,
}: LearnOptions): Promise<boolean[]> {
  const { reads } = follower;
  const useful: boolean[] = [];
  for (const { id, block, includedHash, readingIds } of store.transactions.withoutOutcome()) {
    const receipt = await reads.provider.getTransactionReceipt(includedHash!);
    // A reorganisation has just taken it away, or a node lags behind one: the next look says so.
    if (receipt?.blockHash !== block!.hash) continue;
    const readings = store.readings.readingsIn(readingIds);
    const report = decodeReport(receipt.logs, reads.addresses.market);
    const outcomes = await judgeReport(readings, report, nowMs, (participant) =>
      reads.meterOf(participant),
    );
    const isCounted = (reading: StoredReading) =>
      outcomes.some((outcome) => outcome.id === reading.id && outcome.type === "counted");
    store.transactions.storeOutcome(id, outcomes);
    for (const reading of readings.filter(isCounted)) releaseNext(store, reading, nowMs);
    if (readings.length > 0) useful.push(readings.some(isCounted));
    for (const outcome of outcomes) {
      if (outcome.type === "counted") continue;
      if (outcome.type === "refused") onRefused();
      const { participant, period } = readings.find((reading) => reading.id === outcome.id)!;
      const message = outcome.type === "refused" ? "a reading is refused" : "a reading waits";
      log.warn(message, { participant, period, reason: outcome.reason });
    }
  }
  return useful;
}

/** Those that follow a counted reading without a gap need not wait for it any more. */
function releaseNext(store: GatewayStore, { participant, period }: StoredReading, nowMs: number) {
  const waiting = store.readings
    .pending({ state: "signed", participant })
    .filter(({ waitUntilMs }) => (waitUntilMs ?? 0) > nowMs);
  const released = [];
  for (let next = period + 1; ; ++next) {
    const reading = waiting.find((other) => other.period === next);
    if (reading === undefined) break;
    released.push({ id: reading.id, reason: reading.reason ?? "", untilMs: nowMs });
  }
  if (released.length !== 0) store.readings.hold(released);
}
