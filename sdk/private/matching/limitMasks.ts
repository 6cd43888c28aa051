import { largestProduct } from "./featureSchema.ts";
import { Keystream } from "./keystream.ts";
import type { LimitCode } from "./limitCode.ts";
import { MATCHING_PARAMETERS } from "./parameters.ts";
import type { SlotLayout } from "./slotLayout.ts";
import { SlotNumbers } from "./slotNumbers.ts";

const MODULUS = Number(MATCHING_PARAMETERS.plainModulus);
const DRAWS = 3;

/** What the differences of a bid and a pack's offers become: `factor · (x − z) + summand`, in every slot its own. */
export interface LimitMasks {
  factors: BigUint64Array;
  summands: BigUint64Array;
}

/** How many octaves a factor has: the largest times the largest difference is at most half of the modulus. */
export function limitOctaves({ reach }: LimitCode): number {
  return Math.floor(Math.log2(largestProduct() / (reach + 1)));
}

/**
 * A factor from 1 to below 2^octaves. Its octave is the sum of three even draws, so that the ends, where a masked
 * difference bounds the difference itself, are rare: with octaves drawn evenly one factor in 25 would be 1, and the
 * smallest results of a whole market would tell all its prices. Within an octave the logarithm is even.
 */
function drawFactor(stream: Keystream, octaves: number): number {
  let least = 1;
  for (let draw = 0; draw < DRAWS; draw++) {
    least *= 2 ** stream.below(Math.floor((octaves + DRAWS - 1 + draw) / DRAWS));
  }
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
