import { largestProduct } from "./featureSchema.ts";
import { Keystream } from "./keystream.ts";
import type { LimitCode } from "./limitCode.ts";
import { MATCHING_PARAMETERS } from "./parameters.ts";
import type { SlotLayout } from "./slotLayout.ts";
import { SlotNumbers } from "./slotNumbers.ts";

const MODULUS = Number(MATCHING_PARAMETERS.plainModulus);
/** One more than the bits of a word that is drawn. */
const MOST_OCTAVES = 33;

/** What the differences of a bid and a pack's offers become: `factor · (x − z) + summand`, in every slot its own. */
export interface LimitMasks {
  factors: BigUint64Array;
  summands: BigUint64Array;
}

/** How many octaves a factor has: the largest times the largest difference is at most half of the modulus. */
export function limitOctaves({ reach }: LimitCode): number {
  return Math.min(MOST_OCTAVES, Math.floor(Math.log2(largestProduct() / (reach + 1))));
}

/** How many bits of a word are set. */
function countOnes(word: number): number {
  let left = word;
  let ones = 0;
  for (; left !== 0; left &= left - 1) ones++;
  return ones;
}

/**
 * A factor from 1 to below 2^octaves. Its octave is how often a coin that is thrown once less shows heads: the ends,
 * where a masked difference bounds the difference itself, almost never come. Were octaves drawn evenly, the smallest
 * results of thirty offers would tell a price (docs/decisions/0021). Within an octave the logarithm is even.
 */
export function drawFactor(stream: Keystream, octaves: number): number {
  const least = 2 ** countOnes(stream.word() >>> (MOST_OCTAVES - octaves));
  for (;;) {
    const factor = least + stream.below(least);
    if (stream.below(factor) < least) return factor;
  }
}

/**
 * The masks of a bid's limits with a pack. The summand is from 0 to below the factor, so that a difference of 0 or
 * more stays there, one below 0 stays below, and no result tells what divides it. In all slots but those of the
 * limit's taken positions the factor is 0 and the summand uniformly random.
 * @param bid the digests of its ciphertext and the packs'
 */
export function limitMasks(
  seed: Uint8Array,
  bid: string,
  limit: LimitCode,
  layout: SlotLayout,
  { pack, taken }: { pack: number; taken: number },
): LimitMasks {
  const factors = new SlotNumbers(new BigUint64Array(layout.slots));
  const summands = new SlotNumbers(new BigUint64Array(layout.slots));
  const octaves = limitOctaves(limit);
  const stream = new Keystream(seed, "limits", bid, pack);
  const fill = new Keystream(seed, "limits' other slots", bid, pack);
  const first = layout.slotOf(limit.block, 0);
  for (let slot = 0; slot < layout.slots; slot++) {
    if (slot < first || slot >= first + taken) {
      summands.set(slot, fill.below(MODULUS));
      continue;
    }
    const factor = drawFactor(stream, octaves);
    factors.set(slot, factor);
    summands.set(slot, stream.below(factor));
  }
  return { factors: factors.slots, summands: summands.slots };
}
