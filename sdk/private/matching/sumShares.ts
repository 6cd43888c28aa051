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
  const shares = new SlotNumbers(new BigUint64Array(layout.slots));
  const sums = new Float64Array(layout.packSize);
  const last = layout.slotOf(layout.summedBlocks - 1, 0);
  let position = 0;
  for (let slot = 0; slot < last; slot++) {
    const share = stream.below(MODULUS);
    shares.set(slot, share);
    // Not reduced: the numbers of 128 blocks, of 36 bits each, are below 2^53.
    sums[position]! += share;
    if (++position === layout.packSize) position = 0;
  }
  for (let slot = last; slot < layout.slots; slot++) {
    const place = slot - last;
    shares.set(slot, place < taken ? rest(totalAt(place), sums[place]!) : stream.below(MODULUS));
  }
  return shares.slots;
}

/** What is missing to a total. */
function rest(total: number, sum: number): number {
  const difference = (total - sum) % MODULUS;
  return difference < 0 ? difference + MODULUS : difference;
}
