import type { SealableOrder } from "./packedOrder.ts";
import { saltsFrom } from "./saltSource.ts";
import { sealSchedule, type DaySchedule } from "./schedule.ts";

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
