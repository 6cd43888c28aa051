import { requireEnergyWh } from "./notes.ts";
import { requireWithin } from "./field.ts";

/** Basis points of a whole. */
export const BASIS_POINTS = 10_000n;

/**
 * What counts as delivered, v_f: what was agreed where the meter shows as much within the tolerance, else the lesser
 * of both.
 * @param matchedWh v_m
 * @param actualWh v_a; 0 where no actual note came by its deadline
 * @param toleranceBps σ, below 10,000: else nothing delivered would be within it
 */
export function deliveredWh(matchedWh: bigint, actualWh: bigint, toleranceBps: bigint): bigint {
  if (isWithinTolerance(matchedWh, actualWh, toleranceBps)) return matchedWh;
  return actualWh < matchedWh ? actualWh : matchedWh;
}

/** Whether a delivery deviates from what was agreed by no more than the tolerance. As `deliveredWh`. */
export function isWithinTolerance(
  matchedWh: bigint,
  actualWh: bigint,
  toleranceBps: bigint,
): boolean {
  requireEnergyWh(matchedWh);
  requireEnergyWh(actualWh);
  requireWithin("toleranceBps", toleranceBps, 0n, BASIS_POINTS - 1n);
  const deviation = actualWh > matchedWh ? actualWh - matchedWh : matchedWh - actualWh;
  return deviation * BASIS_POINTS <= toleranceBps * matchedWh;
}
