import type { TransactionReceipt } from "ethers";
import { decodeReadingRefused, type ReadingRefusal } from "../events/refusals.ts";
import { decodeReadingsReported, type ReportedReading } from "../events/readingsReported.ts";
import { signReading, type Reading, type SignedReading } from "../readings/reading.ts";
import { encodeCall, marketInterface } from "./contractHandle.ts";
import { marketEvents } from "./marketEvents.ts";
import type { MarketReads } from "./marketReads.ts";
import { MAX_TRANSACTION_GAS, type TransactionSender } from "./transactionSender.ts";

/** Far more than a reading costs, also where every slot is new. */
const GAS_PER_READING = 150_000n;
const GAS_PER_BATCH = 100_000n;
/** Readings that surely fit into one transaction. */
export const READINGS_PER_BATCH = Number((MAX_TRANSACTION_GAS - GAS_PER_BATCH) / GAS_PER_READING);

/** What became of a batch of readings. */
export interface ReportOutcome {
  hash: string;
  counted: ReportedReading[];
  refused: ReadingRefusal[];
}

/** What a meter gateway does: it signs readings with its own key, which need not be the one that pays for gas. */
export class GatewayClient {
  readonly reads: MarketReads;
  readonly sender: TransactionSender;

  constructor(reads: MarketReads, sender: TransactionSender) {
    this.reads = reads;
    this.sender = sender;
  }

  sign(reading: Reading): Promise<SignedReading> {
    return signReading(this.sender.signer, this.reads.constants.typedDomain, reading);
  }

  /** Reports one batch, of at most {@link READINGS_PER_BATCH}; one that is refused stops no other. */
  async report(readings: readonly SignedReading[]): Promise<ReportOutcome> {
    if (readings.length > READINGS_PER_BATCH) {
      throw new RangeError(`A batch takes ${READINGS_PER_BATCH} readings, not ${readings.length}.`);
    }
    const { market } = this.reads.addresses;
    const call = encodeCall(market, marketInterface, "reportReadings", [readings]);
    const gasLimit = GAS_PER_BATCH + GAS_PER_READING * BigInt(readings.length);
    return toOutcome(await this.sender.send(call, { gasLimit }), market);
  }
}

function toOutcome(receipt: TransactionReceipt, market: string): ReportOutcome {
  const outcome: ReportOutcome = { hash: receipt.hash, counted: [], refused: [] };
  for (const event of marketEvents(receipt.logs, market)) {
    if (event.name === "ReadingsReported") {
      outcome.counted.push(...decodeReadingsReported(event.args[0] as bigint[]));
    } else if (event.name === "ReadingRefused") {
      outcome.refused.push(
        decodeReadingRefused(event.args.toObject() as Parameters<typeof decodeReadingRefused>[0]),
      );
    }
  }
  return outcome;
}
