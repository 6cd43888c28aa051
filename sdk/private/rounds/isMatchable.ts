import type { BookedPlan } from "../chain/poolState.ts";

/**
 * Whether a plan of the chain takes part in rounds of a period. Who was silent before is left out: its next match may well
 * lapse, too, and a buy plan with a strike has no bond left.
 */
export function isMatchable(
  booked: Pick<BookedPlan, "state" | "period" | "strikes"> | undefined,
  period: bigint,
): boolean {
  return booked?.state === "open" && booked.period === period && booked.strikes === 0;
}
