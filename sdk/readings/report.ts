import { encodeCall, marketInterface } from "../clients/contractHandle.ts";
import { MAX_TRANSACTION_GAS, type ContractCall } from "../clients/transactionSender.ts";
import { decodeReadingsReported, type ReportedReading } from "../events/readingsReported.ts";
import { decodeReadingRefused, type ReadingRefusal } from "../events/refusals.ts";
import type { SignedReading } from "./reading.ts";

/** Far more than a reading costs, also where every slot is new. */
const GAS_PER_READING = 150_000n;
const GAS_PER_BATCH = 100_000n;
/** Readings that surely fit into one transaction. */
export const READINGS_PER_BATCH = Number((MAX_TRANSACTION_GAS - GAS_PER_BATCH) / GAS_PER_READING);

/** What became of a batch of readings. */
export interface ReportOutcome {
  counted: ReportedReading[];
  refused: ReadingRefusal[];
}

/**
 * The call that reports readings; one that is refused stops no other.
 * @param readings at most {@link READINGS_PER_BATCH}
 */
export function reportReadingsCall(
  market: string,
  readings: readonly SignedReading[],
): ContractCall & { gasLimit: bigint } {
  if (readings.length > READINGS_PER_BATCH)
    throw new RangeError(`A batch takes ${READINGS_PER_BATCH} readings, not ${readings.length}.`);
  return {
    ...encodeCall(market, marketInterface, "reportReadings", [readings]),
    gasLimit: GAS_PER_BATCH + GAS_PER_READING * BigInt(readings.length),
  };
}

/** What the logs of a report say. */
export function decodeReport(
  logs: readonly { address: string; topics: readonly string[]; data: string }[],
  market: string,
): ReportOutcome {
  const outcome: ReportOutcome = { counted: [], refused: [] };
  for (const log of logs) {
    if (log.address.toLowerCase() !== market.toLowerCase()) continue;
    const event = marketInterface.parseLog(log);
    if (event?.name === "ReadingsReported") {
      outcome.counted.push(...decodeReadingsReported(event.args[0] as bigint[]));
    } else if (event?.name === "ReadingRefused") {
      outcome.refused.push(
        decodeReadingRefused(event.args.toObject() as Parameters<typeof decodeReadingRefused>[0]),
      );
    }
  }
  return outcome;
}
