import { packOrder, type SealableOrder } from "./packedOrder.ts";

/** What opens a single sealed order: the order and its salt. */
export interface OrderOpening {
  order: SealableOrder;
  salt: string;
}

/** What opens an order of a day schedule. */
export interface ScheduledOrderOpening extends OrderOpening {
  /** The siblings of the path to the root, the leaf's first. */
  proof: readonly string[];
  /** The periods for which the schedule holds an order, as sealed with its root. */
  periods: bigint;
}

/** An opening of either kind. */
export type AnyOpening = OrderOpening | ScheduledOrderOpening;

/**
 * The first word of an opening.
 * @param periods the periods of the day schedule that holds the order; 0 for a single order
 * @param hint a participant whose order sorts before in the same list, to save steps; 0 for none
 */
export function packOpening(order: SealableOrder, periods = 0n, hint = 0): bigint {
  return packOrder(order) | (BigInt(hint) << 128n) | (periods << 152n);
}

/** Better orders first: what clearing meets first, as `SortedLists.rankOf` has it. */
export function rankOf(order: SealableOrder): bigint {
  const price = BigInt(order.priceMicroPerKwh);
  const rank = order.side === "sell" ? price : 0xffffffffn - price;
  return (rank << 24n) | BigInt(order.participant);
}

/** The openings with the worst order first: each is then inserted at its list's head, which costs least. */
export function worstFirst<T extends OrderOpening>(openings: readonly T[]): T[] {
  return openings
    .map((opening) => ({ opening, rank: rankOf(opening.order) }))
    .sort((a, b) => (a.rank < b.rank ? 1 : a.rank > b.rank ? -1 : 0))
    .map(({ opening }) => opening);
}
