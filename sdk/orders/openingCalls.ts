import {
  packOpening,
  rankOf,
  worstFirst,
  type AnyOpening,
  type ScheduledOrderOpening,
} from "./opening.ts";

/** One call that opens several orders of a period. */
export interface OpeningCall {
  /** Orders of schedules and single ones go by different calls. */
  name: "openScheduledOrders" | "openOrders";
  /** The call's second argument. */
  words: OpeningWords[];
}

/** An opening as the market takes it. */
export interface OpeningWords {
  opening: bigint;
  salt: string;
  /** Of an order in a schedule. */
  proof?: readonly string[];
}

export const isScheduled = (opening: AnyOpening): opening is ScheduledOrderOpening =>
  "proof" in opening;

/** @param hint a participant whose order sorts before in the same list; 0 for none */
export function toOpeningWords(opening: AnyOpening, hint = 0): OpeningWords {
  const { order, salt } = opening;
  return isScheduled(opening)
    ? { opening: packOpening(order, opening.periods, hint), salt, proof: opening.proof }
    : { opening: packOpening(order, 0n, hint), salt };
}

/**
 * The calls that open orders of a period, to be sent in this order: the worst first, so that each is inserted at the
 * head of its list.
 * @param most how many orders a call may open
 */
export function openingCalls(openings: readonly AnyOpening[], most: number): OpeningCall[] {
  const calls: OpeningCall[] = [];
  const scheduled = openings.filter(isScheduled);
  const single = openings.filter((opening) => !isScheduled(opening));
  for (const [name, group, before] of [
    ["openScheduledOrders", scheduled, []],
    // These meet lists that are not empty: each needs its place.
    ["openOrders", single, scheduled],
  ] as const) {
    const sorted = worstFirst<AnyOpening>(group);
    for (let first = 0; first < sorted.length; first += most) {
      const words = sorted
        .slice(first, first + most)
        .map((opening) => toOpeningWords(opening, hintFor(opening, before)));
      calls.push({ name, words });
    }
  }
  return calls;
}

/** The best order, of those opened by an earlier call, that stands right before this one; 0 for none. */
function hintFor(opening: AnyOpening, before: readonly AnyOpening[]): number {
  const rank = rankOf(opening.order);
  let hint = 0;
  let nearest = -1n;
  for (const { order } of before) {
    if (order.side !== opening.order.side) continue;
    const other = rankOf(order);
    if (other < rank && other > nearest) {
      nearest = other;
      hint = order.participant;
    }
  }
  return hint;
}
