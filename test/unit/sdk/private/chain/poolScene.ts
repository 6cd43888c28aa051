import { SyntheticPool } from "../../../../helpers/syntheticPool.ts";
import { account, ALICE, AUDIT_SCALAR, BOB } from "../scene.ts";

export const CAROL = account(3);
export const ADDRESSES = [1, 2, 3].map((digit) => `0x${`${digit}`.repeat(40)}`) as [
  string,
  string,
  string,
];
/** The regulator's second key. */
export const NEXT_AUDIT_SCALAR = 434343n;

/**
 * All that can happen: Alice sells to Bob, who confirms late once and on time once; Carol's plan ends unmatched; the
 * audit key changes on the way.
 */
export function busyPool() {
  const pool = new SyntheticPool();
  pool.setAuditKey(AUDIT_SCALAR);
  pool.setGateway();
  pool.join(ALICE, ADDRESSES[0]);
  pool.join(BOB, ADDRESSES[1]);
  pool.join(CAROL, ADDRESSES[2]);
  const generation = pool.issue(ALICE, 1_000n);
  const [first, second] = [pool.deposit(BOB, 300_000n), pool.deposit(BOB, 200_000n)];
  const merged = pool.merge(BOB, first, second);
  const carols = pool.deposit(CAROL, 90_000n);
  const sold = pool.sell(ALICE, generation, 700n, 200n);
  const bought = pool.buy(BOB, merged, 800n, 300n);
  const carolsPlan = pool.buy(CAROL, carols, 100n, 250n);
  // Carol is silent, and Alice has confirmed: Carol's bond is lost.
  const lapsed = pool.propose([ALICE, sold.plan], [CAROL, carolsPlan.plan], 100n, 220n);
  pool.confirm(ALICE, sold.plan, lapsed);
  pool.lapse(lapsed, false, true);
  pool.setAuditKey(NEXT_AUDIT_SCALAR);
  const match = pool.propose([ALICE, sold.plan], [BOB, bought.plan], 500n, 250n);
  const buyRest = pool.confirm(BOB, bought.plan, match);
  const sellRest = pool.confirm(ALICE, sold.plan, match, buyRest);
  const actual = pool.report(sold.plan, match, 400n);
  const earned = pool.settle(ALICE, sold.plan, match, actual);
  const returned = pool.settle(BOB, bought.plan, match, actual);
  // A second match of the rests, of which nobody reports what was delivered.
  const silent = pool.propose([ALICE, sellRest], [BOB, buyRest], 100n, 300n);
  const lastSellRest = pool.confirm(ALICE, sellRest, silent);
  const lastBuyRest = pool.confirm(BOB, buyRest, silent, lastSellRest);
  pool.settle(BOB, buyRest, silent, undefined);
  pool.settle(ALICE, sellRest, silent, undefined);
  pool.refund(ALICE, lastSellRest);
  pool.refund(BOB, lastBuyRest);
  pool.refund(CAROL, carolsPlan.plan, 1n);
  pool.expel(CAROL, ADDRESSES[2]);
  const rest = pool.withdraw(ALICE, earned, 60_000n);
  return { pool, sold, bought, carolsPlan, match, lapsed, silent, actual, earned, returned, rest };
}
