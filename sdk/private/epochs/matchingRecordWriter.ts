import { encodeCall } from "../../clients/contractHandle.ts";
import { ContractRevertedError } from "../../clients/revertError.ts";
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
   * In several transactions where there are many. One that the contract refuses does not keep the others from being
   * recorded.
   * @throws ContractRevertedError of the first that was refused, after all others, and what the sender throws
   */
  async recordVerdicts(period: bigint, deliveries: readonly RecordedDelivery[]): Promise<void> {
    const refusals: ContractRevertedError[] = [];
    for (let first = 0; first < deliveries.length; first += MOST_VERDICTS_PER_TRANSACTION) {
      const batch = deliveries.slice(first, first + MOST_VERDICTS_PER_TRANSACTION);
      refusals.push(...(await this.#recordBatch(period, batch)));
    }
    if (refusals[0] !== undefined) throw refusals[0];
  }

  async #recordBatch(
    period: bigint,
    batch: readonly RecordedDelivery[],
  ): Promise<ContractRevertedError[]> {
    const records = batch.map(({ record }) => record);
    const within = batch.map(({ verdict }) => verdict === "within");
    try {
      await this.#send("recordVerdicts", period, records, within);
      return [];
    } catch (error) {
      if (!(error instanceof ContractRevertedError)) throw error;
      if (batch.length === 1) return [error];
    }
    const half = Math.ceil(batch.length / 2);
    const left = await this.#recordBatch(period, batch.slice(0, half));
    return [...left, ...(await this.#recordBatch(period, batch.slice(half)))];
  }

  #send(name: string, ...args: unknown[]): Promise<SentCall> {
    return this.#sender.send(encodeCall(this.address, matchingRecordInterface, name, args));
  }
}
