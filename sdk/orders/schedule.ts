import { concat, keccak256 } from "ethers";
import { hashOrder, randomSalt } from "./commitment.ts";
import { saltsFrom } from "./saltSource.ts";
import type { ScheduledOrderOpening } from "./opening.ts";
import type { SealableOrder } from "./packedOrder.ts";

/** Periods of a day schedule. */
export const SCHEDULE_PERIODS = 96;
const SCHEDULE_DEPTH = 7;

/** A sealed day: what goes on chain, and what opens each of its orders. */
export interface DaySchedule {
  /** Periods `day * 96` to `day * 96 + 95`. */
  day: number;
  root: string;
  /** Bit i is set where the schedule holds an order for period `day * 96 + i`. */
  periods: bigint;
  /** By period. */
  openings: Map<number, ScheduledOrderOpening>;
}

/**
 * Seals a day's orders of one participant under one root; mirrors `Commitment.rootOf`. Leaves without an order
 * are random, so that nobody can tell them from orders by guessing.
 * @param orders at most one for each period of the day
 * @param salt makes the salts; random by default
 */
export function sealSchedule(
  domain: string,
  day: number,
  orders: readonly SealableOrder[],
  salt: () => string = randomSalt,
): DaySchedule {
  const leaves = Array.from({ length: 2 ** SCHEDULE_DEPTH }, () => salt());
  let periods = 0n;
  const salts = new Map<number, string>();
  for (const order of orders) {
    const index = order.period - day * SCHEDULE_PERIODS;
    if (index < 0 || index >= SCHEDULE_PERIODS)
      throw new RangeError(`Period ${order.period} is not of day ${day}.`);
    if (salts.has(order.period))
      throw new RangeError(`Period ${order.period} has two orders in one schedule.`);
    const orderSalt = salt();
    salts.set(order.period, orderSalt);
    leaves[index] = hashOrder(domain, order, orderSalt);
    periods |= 1n << BigInt(index);
  }
  const levels = [leaves];
  for (let depth = 0; depth < SCHEDULE_DEPTH; ++depth) {
    const below = levels[depth]!;
    levels.push(
      Array.from({ length: below.length / 2 }, (_, i) =>
        hashPair(below[2 * i]!, below[2 * i + 1]!),
      ),
    );
  }
  const openings = new Map<number, ScheduledOrderOpening>();
  for (const order of orders) {
    const index = order.period - day * SCHEDULE_PERIODS;
    const proof = levels
      .slice(0, SCHEDULE_DEPTH)
      .map((level, depth) => level[(index >> depth) ^ 1]!);
    openings.set(order.period, { order, salt: salts.get(order.period)!, proof });
  }
  return { day, root: levels[SCHEDULE_DEPTH]![0]!, periods, openings };
}

/**
 * {@link sealSchedule} with salts that follow from one seed: orders and seed give the same schedule again, to
 * anybody who has both.
 * @param seed 32 random bytes, for this schedule only
 */
export function sealSeededSchedule(
  domain: string,
  day: number,
  orders: readonly SealableOrder[],
  seed: string,
): DaySchedule {
  return sealSchedule(domain, day, inPeriodOrder(orders), saltsFrom(seed));
}

/** The orders by period, as a seeded schedule needs them. */
export function inPeriodOrder(orders: readonly SealableOrder[]): SealableOrder[] {
  return [...orders].sort((a, b) => a.period - b.period);
}

function hashPair(a: string, b: string): string {
  return keccak256(a < b ? concat([a, b]) : concat([b, a]));
}
