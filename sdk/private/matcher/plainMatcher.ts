import { ContractRevertedError } from "../../clients/revertError.ts";
import { sealMatchOpening, type MadeMatch } from "../matches/sealMatchOpening.ts";
import type { MatcherPool } from "./matcherPool.ts";
import { pairPlans, type MatchablePlan, type PlanPair } from "./pairPlans.ts";
import { isBondSpent, planOfOpening, requireMatchable, type PlanOpening } from "./planOpening.ts";
import { proposeAll, type RefusedProposal } from "./proposeAll.ts";

type Candidate = MatchablePlan & PlanOpening;

/** What a round of matching came to. */
export interface MatchingRound {
  /** In the order in which they were formed. */
  proposed: readonly MadeMatch[];
  refused: readonly RefusedProposal[];
}

/**
 * The matcher of section 3.4, which sees the plans that it matches: participants tell it their openings. It can neither
 * forge a match, since both sides prove theirs, nor move money; it can leave somebody out. It keeps nothing on a disk:
 * after a restart participants tell it the openings of their open plans again.
 */
export class PlainMatcher {
  readonly #pool: MatcherPool;
  readonly #nowS: () => number;
  readonly #known = new Map<bigint, PlanOpening>();

  /** @param nowS the chain's time: matches that come too late are not proposed */
  constructor(pool: MatcherPool, nowS: () => number) {
    this.#pool = pool;
    this.#nowS = nowS;
  }

  /**
   * Takes an opening. Whoever has it was told it by its owner: nobody else knows the plan's salt.
   * @throws OpeningRefusedError
   */
  async take(opening: PlanOpening): Promise<void> {
    const commitment = planOfOpening(opening);
    if (!this.#pool.plans.has(commitment)) await this.#pool.sync();
    requireMatchable(commitment, opening.plan, this.#pool.plans.get(commitment));
    this.#known.set(commitment, opening);
  }

  /** Matches the open plans of a period once, and proposes what was formed. */
  async match(period: bigint): Promise<MatchingRound> {
    await this.#pool.sync();
    this.#forgetEnded();
    if (this.#nowS() >= this.#pool.proposalsCloseAtS(period)) return { proposed: [], refused: [] };
    const made = pairPlans(this.#candidates(period)).map((pair) => this.#seal(pair));
    const refused = await proposeAll(this.#pool, made);
    const isRefused = ({ record }: MadeMatch) => refused.some((one) => one.record === record);
    return { proposed: made.filter((one) => !isRefused(one)), refused };
  }

  /** Ends the matches that were not confirmed in time, so that their plans can be matched again. */
  async lapseOverdue(): Promise<readonly bigint[]> {
    await this.#pool.sync();
    const lapsed: bigint[] = [];
    for (const record of this.#pool.overdueMatches(this.#nowS())) {
      try {
        await this.#pool.lapse(record);
        lapsed.push(record);
      } catch (error) {
        // Anybody may: somebody did before.
        if (!(error instanceof ContractRevertedError)) throw error;
      }
    }
    return lapsed;
  }

  #forgetEnded(): void {
    for (const commitment of this.#known.keys()) {
      // One that is not in the book any more was reorganised away, and may come back.
      if (this.#pool.plans.get(commitment)?.state === "ended") this.#known.delete(commitment);
    }
  }

  #candidates(period: bigint): Candidate[] {
    return [...this.#pool.plans].flatMap(([commitment, booked]) => {
      const known = this.#known.get(commitment);
      if (known === undefined || booked.state !== "open" || booked.period !== period) return [];
      // A plan that was taken may have lost its bond since.
      if (isBondSpent(booked)) return [];
      return [{ ...known, commitment, strikes: booked.strikes }];
    });
  }

  #seal({ sell, buy, energyWh, priceMicroPerKwh }: PlanPair<Candidate>): MadeMatch {
    return sealMatchOpening(
      { sellPlan: sell.commitment, buyPlan: buy.commitment, energyWh, priceMicroPerKwh },
      {
        sellerViewKey: sell.to.viewKey,
        buyerViewKey: buy.to.viewKey,
        auditKey: this.#pool.auditKey,
      },
    );
  }
}
