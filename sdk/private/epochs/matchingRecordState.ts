import { BaseError } from "../../errors.ts";
import type { MatchingRecordLog, MatchingRecordLogOf } from "./matchingRecordLog.ts";

/** A matching record's logs contradict each other: one is missing, was altered or was made up. */
export class RecordHistoryError extends BaseError {
  override name = "RecordHistoryError";

  constructor({ name, transactionHash }: MatchingRecordLog, fact: string) {
    super(`The matching record's ${name} in transaction ${transactionHash} ${fact}.`, {
      metaMessages: [
        "No such history passes the contract: ask another node, from the block of the deployment on.",
      ],
    });
  }
}

/** What a matching record's logs come to. */
export class MatchingRecordState {
  readonly #epochs: MatchingRecordLogOf<"EpochAnnounced">[] = [];
  readonly #seeds = new Map<string, MatchingRecordLogOf<"SeedCommitted">>();
  readonly #openings = new Map<string, MatchingRecordLogOf<"Opened">>();
  readonly #verdicts = new Map<bigint, MatchingRecordLogOf<"VerdictRecorded">>();

  /** In their order; the first is epoch 1. */
  get epochs(): readonly MatchingRecordLogOf<"EpochAnnounced">[] {
    return this.#epochs;
  }

  /** In the order in which they were logged. */
  get openings(): readonly MatchingRecordLogOf<"Opened">[] {
    return [...this.#openings.values()];
  }

  /** By the match's record. */
  get verdicts(): ReadonlyMap<bigint, MatchingRecordLogOf<"VerdictRecorded">> {
    return this.#verdicts;
  }

  /** In the order of their commitment. */
  get seeds(): readonly MatchingRecordLogOf<"SeedCommitted">[] {
    return [...this.#seeds.values()];
  }

  epochOfPeriod(period: bigint): MatchingRecordLogOf<"EpochAnnounced"> | undefined {
    return this.#epochs.findLast(({ fromPeriod }) => fromPeriod <= period);
  }

  /** @throws RecordHistoryError for what the contract takes once, and in another order */
  apply(log: MatchingRecordLog): void {
    switch (log.name) {
      case "EpochAnnounced":
        this.#announce(log);
        break;
      case "SeedCommitted":
        takeOnce(this.#seeds, `${log.epoch} ${log.matcher}`, log, "commits a second seed");
        break;
      case "Opened":
        takeOnce(this.#openings, `${log.kind} ${log.round}`, log, "opens what was opened before");
        break;
      case "VerdictRecorded":
        takeOnce(this.#verdicts, log.record, log, "judges a match a second time");
    }
  }

  #announce(log: MatchingRecordLogOf<"EpochAnnounced">): void {
    const last = this.#epochs.at(-1);
    if (log.epoch !== this.#epochs.length + 1) {
      throw new RecordHistoryError(log, `is epoch ${log.epoch}, not ${this.#epochs.length + 1}`);
    }
    if (last !== undefined && log.fromPeriod <= last.fromPeriod) {
      throw new RecordHistoryError(log, `is from no later period than the epoch before`);
    }
    this.#epochs.push(log);
  }
}

function takeOnce<K, L extends MatchingRecordLog>(
  taken: Map<K, L>,
  key: K,
  log: L,
  fault: string,
): void {
  if (taken.has(key)) throw new RecordHistoryError(log, fault);
  taken.set(key, log);
}
