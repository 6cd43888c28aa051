import type { Order } from "../../sdk/mechanisms/types.ts";
import { RandomSource } from "../../test/helpers/randomSource.ts";

/**
 * The book that the clearing benches use: half offers, half bids, half of both green, 1 to 5,000 Wh
 * at 0.1 to 0.5 of the currency per kWh, so that about half of the energy trades.
 */
export function createBook(orderCount: number): Order[] {
  const random = new RandomSource(orderCount);
  return Array.from({ length: orderCount }, (_, index) => ({
    id: `p${index}`,
    side: random.pick(["sell", "buy"] as const),
    green: random.chance(50),
    energyWh: random.integer(1, 5000),
    priceMicroPerKwh: random.integer(100_000, 500_000),
  }));
}
