import { packOrder, unpackOrder, type SealableOrder } from "../orders/packedOrder.ts";

/** An order as `OrdersOpened` reports it. */
export interface OpenedOrder extends SealableOrder {
  /** An offer from green supply, or a bid that prefers it. */
  green: boolean;
}

const GREEN = 1n << 113n;

/** The order of one word of `OrdersOpened`. */
export function unpackOpenedOrder(word: bigint): OpenedOrder {
  return { ...unpackOrder(word), green: (word & GREEN) !== 0n };
}

/** The inverse of {@link unpackOpenedOrder}. */
export function packOpenedOrder(order: OpenedOrder): bigint {
  return packOrder(order) | (order.green ? GREEN : 0n);
}

/** The orders of one `OrdersOpened` event, in the order in which they opened. */
export function decodeOrdersOpened(words: readonly bigint[]): OpenedOrder[] {
  return words.map(unpackOpenedOrder);
}
