import type { Keystream } from "./keystream.ts";
import { MATCHING_PARAMETERS } from "./parameters.ts";
import type { SlotLayout } from "./slotLayout.ts";
import { SlotNumbers } from "./slotNumbers.ts";

const MODULUS = Number(MATCHING_PARAMETERS.plainModulus);

/**
 * Uniformly random numbers for all slots, such that those of one position, one in each summed block, sum up to a given total.
 * Added to computed slots they leave the sum of a position's slots, and of nothing else: the key holder adds up what
 * each feature contributed without seeing a contribution, where the matcher would need a rotation of slots for each.
 * Slots of positions that are not taken, and what the blocks leave over, are random and mean nothing.
 * @param taken how many positions have a total, from 0 on
 */
export function sumShares(
  stream: Keystream,
  layout: SlotLayout,
  taken: number,
  totalAt: (position: number) => number,
): BigUint64Array {
  const { summedBlocks, packSize, slots } = layout;
  const shares = new SlotNumbers(new BigUint64Array(slots));
  const sums = new Float64Array(packSize);
  const last = layout.slotOf(summedBlocks - 1, 0);
  for (let slot = 0; slot < slots; slot++) {
    const position = slot - last;
    const isLast = position >= 0 && position < taken;
    const share = isLast
      ? (totalAt(position) + MODULUS - sums[position]!) % MODULUS
      : stream.below(MODULUS);
    shares.set(slot, share);
    if (slot < last) sums[slot % packSize] = (sums[slot % packSize]! + share) % MODULUS;
  }
  return shares.slots;
}
