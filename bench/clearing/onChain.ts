import { sealSchedule } from "../../sdk/orders/schedule.ts";
import { goTo } from "../../test/helpers/market.ts";
import { createOrder, createRunningMarket, gasOf, openAll } from "../runningMarket.ts";
import type { BenchTable } from "../types.ts";

const SIZES = [100, 1_000, 10_000];
/** Trades formed in one transaction. */
const STEPS = 1_000;
const TRANSACTION_CAP = 16_777_216;
const PERIODS = [1, 2];

/** Clearing of whole books on chain, in chunks, by the trades that one transaction may form. */
export async function benchOnChain(progress: (line: string) => void): Promise<BenchTable> {
  const rows = [];
  for (const orders of SIZES) {
    progress(`on chain, ${orders} orders: registering`);
    const running = await createRunningMarket(orders);
    const { fixture, people } = running;
    const { market, domain, parameters } = fixture;
    await goTo(fixture, 0);
    const schedules = [];
    progress(`on chain, ${orders} orders: sealing`);
    for (const [index, { owner }] of people.entries()) {
      const schedule = sealSchedule(
        domain,
        0,
        PERIODS.map((period) => createOrder(running, index, period)),
      );
      schedules.push(schedule);
      await market.connect(owner).submitSchedule(0, schedule.root, schedule.periods, "0x");
    }
    for (const period of PERIODS) {
      progress(`on chain, ${orders} orders: period ${period}`);
      await openAll(
        running,
        period,
        schedules.map(({ openings }) => openings.get(period)!),
      );
      await goTo(fixture, period - 1, parameters.openingEnd);
      const gas: number[] = [];
      const started = performance.now();
      while ((await market.periodOf(period)).phase !== 3n)
        gas.push(await gasOf(market.clear(period, STEPS)));
      if (period !== PERIODS.at(-1)) continue;
      const total = gas.reduce((sum, used) => sum + used, 0);
      rows.push({
        orders,
        trades: Number((await market.periodOf(period)).totals.trades),
        transactions: gas.length,
        gas: total,
        gasPerOrder: Math.round(total / orders),
        largestTransactionGas: Math.max(...gas),
        belowCap: Math.max(...gas) <= TRANSACTION_CAP ? "yes" : "NO",
        ms: Math.round(performance.now() - started),
      });
    }
  }
  const costs = rows.map(({ gasPerOrder }) => gasPerOrder);
  const spread = Math.max(...costs) / Math.min(...costs) - 1;
  return {
    title: "On chain: clearing in chunks",
    rows,
    notes: [
      `From ${SIZES[0]} to ${SIZES.at(-1)!.toLocaleString("en")} orders the cost per order differs by ${(100 * spread).toFixed(1)}% (target: within 10%). ` +
        `Communitas: 34,700 gas an order for 100, 24,200 for 1,000, above the transaction cap there; EasyAuction, one-sided: 2,510 and 1,470, claims of 93,000 each not counted.`,
    ],
  };
}
