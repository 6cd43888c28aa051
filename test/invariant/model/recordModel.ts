// The matching record as docs/PROPERTIES.md has it (P11 to P13), written without a look at the contract's code.
import type {
  DeliveryVerdict,
  OpeningKind,
} from "../../../sdk/private/epochs/matchingRecordInterface.ts";

/** The times of a market, in seconds. */
export interface ModelTimes {
  genesis: number;
  periodLength: number;
  plansLead: number;
}

/** What the model says of a call: the error's name, or undefined where it is taken. */
export type Outcome = string | undefined;

interface Opening {
  period: number;
  content: string;
}

const MOST_AHEAD = 10_000;

/** An independent twin of the contract. */
export class RecordModel {
  /** First period and manifest, in their order. */
  readonly epochs: { fromPeriod: number; manifest: string }[] = [];
  /** By `epoch sender`. */
  readonly seeds = new Map<string, { fromPeriod: number; commitment: string }>();
  /** By `kind round`. */
  readonly openings = new Map<string, Opening>();
  readonly verdicts = new Map<bigint, DeliveryVerdict>();
  readonly #times: ModelTimes;

  constructor(times: ModelTimes) {
    this.#times = times;
  }

  announce(nowS: number, fromPeriod: number, manifest: string): Outcome {
    if ((this.epochs.at(-1)?.fromPeriod ?? -1) >= fromPeriod) return "EpochNotLater";
    if (nowS >= this.#plansClose(fromPeriod)) return "PlansClosed";
    if (nowS < this.#plansClose(fromPeriod - MOST_AHEAD - 1) && fromPeriod > MOST_AHEAD) {
      return "PeriodTooFar";
    }
    this.epochs.push({ fromPeriod, manifest });
    return undefined;
  }

  /** The number of a period's epoch, 0 for none. */
  epochOf(period: number): number {
    return this.epochs.filter(({ fromPeriod }) => fromPeriod <= period).length;
  }

  commit(nowS: number, epoch: number, sender: string, commitment: string): Outcome {
    const known = this.epochs[epoch - 1];
    if (known === undefined) return "EpochUnknown";
    let fromPeriod = known.fromPeriod;
    while (this.#plansClose(fromPeriod) <= nowS) fromPeriod++;
    if (this.epochOf(fromPeriod) !== epoch) return "EpochOver";
    const key = `${epoch} ${sender}`;
    if (this.seeds.has(key)) return "SeedKnown";
    this.seeds.set(key, { fromPeriod, commitment });
    return undefined;
  }

  open(nowS: number, kind: OpeningKind, period: number, round: string, content: string): Outcome {
    if (this.epochOf(period) === 0) return "EpochMissing";
    if (kind === "verdicts" && nowS < this.#end(period)) return "NotDelivered";
    if (kind !== "verdicts" && nowS < this.#plansClose(period)) return "PlansOpen";
    if (kind === "pairs" && this.openings.get(`ranks ${round}`)?.period !== period) {
      return "RoundUnknown";
    }
    if (this.openings.has(`${kind} ${round}`)) return "OpeningKnown";
    this.openings.set(`${kind} ${round}`, { period, content });
    return undefined;
  }

  /** @param agreedFor the period of each match that was agreed */
  judge(
    nowS: number,
    period: number,
    verdicts: readonly (readonly [bigint, DeliveryVerdict])[],
    agreedFor: ReadonlyMap<bigint, number>,
  ): Outcome {
    if (nowS < this.#end(period)) return "NotDelivered";
    const before = new Map(this.verdicts);
    for (const [record, verdict] of verdicts) {
      const fault = this.#faultOf(record, period, agreedFor);
      if (fault !== undefined) {
        this.verdicts.clear();
        for (const [match, said] of before) this.verdicts.set(match, said);
        return fault;
      }
      this.verdicts.set(record, verdict);
    }
    return undefined;
  }

  #faultOf(record: bigint, period: number, agreedFor: ReadonlyMap<bigint, number>): Outcome {
    const agreed = agreedFor.get(record);
    if (agreed === undefined) return "MatchNotAgreed";
    if (agreed !== period) return "ForeignPeriod";
    return this.verdicts.has(record) ? "VerdictKnown" : undefined;
  }

  #plansClose(period: number): number {
    return this.#times.genesis + period * this.#times.periodLength - this.#times.plansLead;
  }

  #end(period: number): number {
    return this.#times.genesis + (period + 1) * this.#times.periodLength;
  }
}
