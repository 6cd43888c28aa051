/** How often epochs change, and how early they are told. */
export interface EpochPlan {
  /** Periods of an epoch. */
  epochPeriods: number;
  /** So many periods before it begins an epoch is announced at the latest: nobody makes plans for them before. */
  aheadPeriods: number;
}

/** An hour of quarters: who plans further ahead than this may meet a change of keys. */
export const DEFAULT_AHEAD_PERIODS = 4;

/** @param epochPeriods 1 or more */
export function epochPlan(epochPeriods: number, aheadPeriods = DEFAULT_AHEAD_PERIODS): EpochPlan {
  return { epochPeriods, aheadPeriods: Math.max(1, Math.min(aheadPeriods, epochPeriods)) };
}

/**
 * From which period the next epoch is to be, where it is to be announced now.
 * @param lastFrom where the last epoch begins; undefined where there is none
 * @param open the first period whose plans are open, and will be for a while yet
 * @param isEarly whether the last epoch is to end as soon as it can
 * @returns undefined where it is too early
 */
export function nextFromPeriod(
  { epochPeriods, aheadPeriods }: EpochPlan,
  { lastFrom, open, isEarly }: { lastFrom: bigint | undefined; open: bigint; isEarly: boolean },
): bigint | undefined {
  if (lastFrom === undefined) return open;
  const earliest = open + BigInt(aheadPeriods);
  // The next epoch was announced already: the one after it waits.
  if (isEarly && lastFrom <= open) return earliest;
  const due = lastFrom + BigInt(epochPeriods);
  if (earliest < due) return undefined;
  return earliest > due ? earliest : due;
}
