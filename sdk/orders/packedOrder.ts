/** The side of an order. */
export type OrderSide = "sell" | "buy";

/** The contents of an order, as they are sealed and opened. */
export interface SealableOrder {
  /** Account number of the participant, 2 to 2^24 - 1. */
  participant: number;
  /** Delivery period, 1 to 2^24 - 1. */
  period: number;
  side: OrderSide;
  energyWh: number;
  priceMicroPerKwh: number;
}

const SELL = 1n << 112n;

/** The order as one word, see `contracts/types/PackedOrder.sol`. */
export function packOrder(order: SealableOrder): bigint {
  return (
    BigInt(order.participant) |
    (BigInt(order.period) << 24n) |
    (BigInt(order.energyWh) << 48n) |
    (BigInt(order.priceMicroPerKwh) << 80n) |
    (order.side === "sell" ? SELL : 0n)
  );
}

/** The order of a word; bits above the layout are not looked at. */
export function unpackOrder(word: bigint): SealableOrder {
  return {
    participant: Number(word & 0xffffffn),
    period: Number((word >> 24n) & 0xffffffn),
    energyWh: Number((word >> 48n) & 0xffffffffn),
    priceMicroPerKwh: Number((word >> 80n) & 0xffffffffn),
    side: (word & SELL) === 0n ? "buy" : "sell",
  };
}
