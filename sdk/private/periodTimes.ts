import type { PoolTerms } from "./chain/poolReads.ts";

/** When what happens to a period, in the chain's Unix seconds: docs/protocol.md, section 5. */
export class PeriodTimes {
  readonly terms: PoolTerms;

  constructor(terms: PoolTerms) {
    this.terms = terms;
  }

  startOf(period: bigint): number {
    return this.terms.genesis + Number(period) * this.terms.periodLength;
  }

  plansCloseAt(period: bigint): number {
    return this.startOf(period) - this.terms.plansLead;
  }

  proposalsCloseAt(period: bigint): number {
    return this.startOf(period) - this.terms.proposalsLead;
  }

  endOf(period: bigint): number {
    return this.startOf(period + 1n);
  }

  /** From then on nothing of the period is waited for: every match of it can be settled. */
  settledBy(period: bigint): number {
    return this.endOf(period) + this.terms.reportingTime;
  }

  /** The first period of which something is still waited for, see `settledBy`. */
  firstUnsettled(nowS: number): bigint {
    const { genesis, periodLength, reportingTime } = this.terms;
    return BigInt(Math.max(0, Math.floor((nowS - reportingTime - genesis) / periodLength)));
  }

  /** The first period whose matches are still taken. */
  firstProposed(nowS: number): bigint {
    const { plansLead, proposalsLead } = this.terms;
    // Plans close earlier than proposals by the difference.
    return this.firstClosingFrom(nowS + 1 - (plansLead - proposalsLead));
  }

  /** The first period whose plans close at a time or later. */
  firstClosingFrom(timeS: number): bigint {
    const { genesis, plansLead, periodLength } = this.terms;
    return BigInt(Math.max(0, Math.ceil((timeS + plansLead - genesis) / periodLength)));
  }
}
