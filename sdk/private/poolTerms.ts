import type { PoolTerms } from "./chain/poolReads.ts";

/**
 * The rules of a private market unless others are wanted: plans until a period before delivery, matches until two thirds
 * of one before, a third of a period to confirm, four periods to report.
 */
export function defaultPoolTerms(genesis: number, periodLength: number): PoolTerms {
  const part = (thirds: number) => Math.max(1, Math.round((periodLength * thirds) / 3));
  return {
    genesis,
    periodLength,
    plansLead: part(3),
    proposalsLead: part(2),
    confirmationTime: part(1),
    reportingTime: 4 * periodLength,
    toleranceBps: 500n,
    bondWh: 10n,
    bondNano: 100_000_000n,
  };
}
