import type { MatchResult, Order, Trade } from "../../sdk/mechanisms/types.ts";

/** What the auction gives, and the bids that were cut to their means. */
export interface ReferenceResult extends MatchResult {
  cut: Set<string>;
}

/**
 * Steps 2 to 5 of the paper word for word, with nothing shared with the implementation: queues that are
 * sorted by comparison, rebuilt before each trade, and bigints throughout.
 */
export function referenceMatch(orders: readonly Order[]): ReferenceResult {
  const book = orders.map((order, index) => ({
    ...order,
    index,
    left: BigInt(order.energyWh),
    price: BigInt(order.priceMicroPerKwh),
    means: order.capacityNano,
    out: false,
  }));
  const trades: Trade[] = [];
  const matchQueues = (takesPart: (order: Order) => boolean): void => {
    for (;;) {
      const waiting = book.filter((order) => takesPart(order) && order.left > 0n && !order.out);
      const producers = waiting
        .filter(({ side }) => side === "sell")
        .sort((a, b) => Number(a.price - b.price) || a.index - b.index);
      const consumers = waiting
        .filter(({ side }) => side === "buy")
        .sort((a, b) => Number(b.price - a.price) || a.index - b.index);
      const [producer] = producers;
      const [consumer] = consumers;
      if (producer === undefined || consumer === undefined || producer.price > consumer.price)
        return;
      const price = (producer.price + consumer.price) / 2n;
      let energy = producer.left < consumer.left ? producer.left : consumer.left;
      if (consumer.means !== undefined) {
        if (energy * price > consumer.means) {
          energy = consumer.means / price;
          consumer.out = true;
        }
        consumer.means -= energy * price;
      }
      producer.left -= energy;
      consumer.left -= energy;
      if (energy > 0n)
        trades.push({
          seller: producer.id,
          buyer: consumer.id,
          energyWh: Number(energy),
          priceMicroPerKwh: Number(price),
        });
    }
  };
  matchQueues(({ green }) => green);
  matchQueues(() => true);
  const remaining = book
    .filter(({ left }) => left > 0n)
    .map(({ id, left }) => ({ id, energyWh: Number(left) }));
  return {
    trades,
    remaining,
    cut: new Set(book.filter(({ out }) => out).map(({ id }) => id)),
  };
}
