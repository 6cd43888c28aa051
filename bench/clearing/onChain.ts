import { sealSchedule, type DaySchedule } from "../../sdk/orders/schedule.ts";
import { goTo } from "../../test/helpers/market.ts";
import { createOrder, createRunningMarket, gasOf, openAll } from "../runningMarket.ts";
import type { BenchTable } from "../types.ts";

/**
 * Small books differ from one to the next, and in a new market their totals' slots are new: the cost is the mean of
 * several, after the ring has been used once. In a large one neither shows.
 */
const SIZES = [
  { orders: 100, warmUpPeriods: 8, books: 24 },
  { orders: 1_000, warmUpPeriods: 8, books: 4 },
  { orders: 10_000, warmUpPeriods: 0, books: 1 },
];
/** Trades formed in one transaction. */
const STEPS = 250;
const CLEARED = 3n;
const TRANSACTION_CAP = 16_777_216;
/** Accounts settled in one transaction. */
const SETTLED = 400;

/** Clearing of whole books on chain, in chunks, by the trades that one transaction may form. */
export async function benchOnChain(progress: (line: string) => void): Promise<BenchTable> {
  const rows = [];
  for (const { orders, warmUpPeriods, books } of SIZES) {
    const report = (what: string) => {
      progress(`on chain, ${orders.toLocaleString("en")} orders: ${what}`);
    };
    report("registering");
    const running = await createRunningMarket(orders);
    const { fixture, people } = running;
    const { market, domain, parameters } = fixture;
    await goTo(fixture, 0);
    const last = warmUpPeriods + books;
    const periods = Array.from({ length: last }, (_, index) => index + 1);
    const schedules: DaySchedule[] = [];
    report("sealing");
    for (const [index, { owner }] of people.entries()) {
      const schedule = sealSchedule(
        domain,
        0,
        periods.map((period) => createOrder(running, index, period)),
      );
      schedules.push(schedule);
      await market.connect(owner).submitSchedule(0, schedule.root, schedule.periods, "0x");
    }
    const gas: number[] = [];
    let trades = 0;
    let ms = 0;
    for (const period of periods) {
      report(`period ${period} of ${last}`);
      await openAll(
        running,
        period,
        schedules.map(({ openings }) => openings.get(period)!),
      );
      await goTo(fixture, period - 1, parameters.openingEnd);
      const started = performance.now();
      const used: number[] = [];
      while ((await market.periodOf(period)).phase !== CLEARED)
        used.push(await gasOf(market.clear(period, STEPS)));
      if (period > warmUpPeriods) {
        ms += performance.now() - started;
        gas.push(...used);
        trades += Number((await market.periodOf(period)).totals.trades);
      }
      // Nobody reads the meters here: settled once the grace is over, before the slots are needed again.
      const past = period - parameters.gracePeriods - 3;
      if (past < 1) continue;
      for (let first = people[0]!.id; first < orders + 2; first += SETTLED)
        await market.settle(past, first, SETTLED);
    }
    const total = gas.reduce((sum, used) => sum + used, 0);
    rows.push({
      orders,
      books,
      tradesPerBook: Math.round(trades / books),
      transactionsPerBook: gas.length / books,
      gasPerBook: Math.round(total / books),
      gasPerOrder: Math.round(total / books / orders),
      largestTransactionGas: Math.max(...gas),
      belowCap: Math.max(...gas) <= TRANSACTION_CAP ? "yes" : "NO",
      msPerBook: Math.round(ms / books),
    });
  }
  const costs = rows.map(({ gasPerOrder }) => gasPerOrder);
  const spread = Math.max(...costs) / Math.min(...costs) - 1;
  return {
    title: "On chain: clearing in chunks",
    rows,
    notes: [
      `From ${SIZES[0]!.orders} to ${SIZES.at(-1)!.orders.toLocaleString("en")} orders the cost per order differs by ${(100 * spread).toFixed(1)}% (target: within 10%). ` +
        `Communitas: 34,700 gas an order for 100, 24,200 for 1,000, above the transaction cap there; EasyAuction, one-sided: 2,510 and 1,470, claims of 93,000 each not counted.`,
    ],
  };
}
