import { encodeCall } from "../../clients/contractHandle.ts";
import type { PoolSender, SentCall } from "../client/poolSender.ts";
import {
  matchingRecordInterface,
  OPENING_KINDS,
  type DeliveryVerdict,
  type LoggedOpening,
} from "./matchingRecordInterface.ts";

/** Far below what one transaction may use. */
const MOST_VERDICTS_PER_TRANSACTION = 100;

/** A verdict to be recorded. */
export interface RecordedDelivery {
  record: bigint;
  verdict: DeliveryVerdict;
}

/**
 * Writes to the matching record: epochs, openings and verdicts with the key that has the key holder's role, seeds with any.
 * After a crash, what was written is found with `MatchingRecordReads`: the contract takes each thing once.
 */
export class MatchingRecordWriter {
  readonly address: string;
  readonly #sender: PoolSender;

  constructor(address: string, sender: PoolSender) {
    this.address = address;
    this.#sender = sender;
  }

  /** @throws ContractRevertedError and what the sender throws */
  announceEpoch(fromPeriod: bigint, manifestHash: string): Promise<SentCall> {
    return this.#send("announceEpoch", fromPeriod, manifestHash);
  }

  /** @throws as `announceEpoch` */
  commitSeed(epoch: number, commitment: string): Promise<SentCall> {
    return this.#send("commitSeed", epoch, commitment);
  }

  /** @throws as `announceEpoch` */
  logOpening({ period, kind, round, content, count }: LoggedOpening): Promise<SentCall> {
    return this.#send("logOpening", period, OPENING_KINDS.indexOf(kind), round, content, count);
  }

  /**
   * In several transactions where there are many: where one fails, those before it have been recorded.
   * @throws as `announceEpoch`
   */
  async recordVerdicts(period: bigint, deliveries: readonly RecordedDelivery[]): Promise<void> {
    for (let first = 0; first < deliveries.length; first += MOST_VERDICTS_PER_TRANSACTION) {
      const batch = deliveries.slice(first, first + MOST_VERDICTS_PER_TRANSACTION);
      await this.#send(
        "recordVerdicts",
        period,
        batch.map(({ record }) => record),
        batch.map(({ verdict }) => verdict === "within"),
      );
    }
  }

  #send(name: string, ...args: unknown[]): Promise<SentCall> {
    return this.#sender.send(encodeCall(this.address, matchingRecordInterface, name, args));
  }
}
