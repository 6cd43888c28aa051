import type { Order } from "../../sdk/mechanisms/types.ts";
import { MAX_ENERGY_WH, MAX_PRICE_MICRO_PER_KWH } from "../../sdk/mechanisms/types.ts";
import type { RandomSource } from "./randomSource.ts";

/** What a random book is made to exercise. */
export const BOOK_KINDS = [
  "mixed",
  "ties",
  "green only",
  "one-sided",
  "no crossing",
  "exhausted capacity",
  "extreme values",
] as const;

export type BookKind = (typeof BOOK_KINDS)[number];

/** The largest quantity and limit of a book of extreme values. */
export interface BookBounds {
  maxEnergyWh: number;
  maxPriceMicroPerKwh: number;
}

const TYPE_BOUNDS: BookBounds = {
  maxEnergyWh: MAX_ENERGY_WH,
  maxPriceMicroPerKwh: MAX_PRICE_MICRO_PER_KWH,
};

/** A book of 0 to 40 orders of one kind. */
export function randomBook(
  random: RandomSource,
  kind: BookKind,
  { maxEnergyWh, maxPriceMicroPerKwh }: BookBounds = TYPE_BOUNDS,
): Order[] {
  const oneSide = random.pick(["sell", "buy"] as const);
  return Array.from({ length: random.integer(0, 40) }, (_, index) => {
    const side = kind === "one-sided" ? oneSide : random.pick(["sell", "buy"] as const);
    const order: Order = {
      id: `p${index}`,
      side,
      green: kind === "green only" || random.chance(50),
      energyWh: random.integer(1, 60),
      priceMicroPerKwh: random.integer(1, 400),
    };
    if (kind === "ties") order.priceMicroPerKwh = random.integer(10, 13);
    if (kind === "no crossing") order.priceMicroPerKwh += side === "sell" ? 400 : 0;
    if (kind === "extreme values") {
      order.energyWh = random.pick([1, 2, maxEnergyWh - 1, maxEnergyWh]);
      order.priceMicroPerKwh = random.pick([1, 2, maxPriceMicroPerKwh - 1, maxPriceMicroPerKwh]);
    }
    if (
      side === "buy" &&
      (kind === "exhausted capacity" || (kind !== "mixed" && random.chance(20)))
    ) {
      const fullCostNano = BigInt(order.energyWh) * BigInt(order.priceMicroPerKwh);
      order.capacityNano = (fullCostNano * BigInt(random.integer(0, 110))) / 100n;
    }
    return order;
  });
}
