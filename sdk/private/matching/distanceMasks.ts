import { LEAST_FACTOR, MOST_FACTOR, largestProduct, type FeatureCode } from "./featureSchema.ts";
import { Keystream } from "./keystream.ts";
import { MATCHING_PARAMETERS } from "./parameters.ts";
import type { SlotLayout } from "./slotLayout.ts";
import { sumShares } from "./sumShares.ts";

const MODULUS = Number(MATCHING_PARAMETERS.plainModulus);

/** No masked distance of plans that keep to the ranges reaches this. */
export const MASKED_BOUND = largestProduct() + Math.floor(MODULUS / 4);

/** A bid's masks: its distances d become `factor · d + shift + e`, with e from 0 to below the factor for each offer. */
export interface DistanceMasks {
  factor: number;
  shift: number;
}

/**
 * A bid's masks. The factor is as likely in each octave, so that it hides most of a distance's scale. The summands e
 * hide that differences are multiples of it: from `factor · d + shift` alone, the greatest common divisor of all
 * differences would be the factor.
 * @param bid the digests of its ciphertext and the packs'
 */
export function distanceMasks(
  seed: Uint8Array,
  bid: string,
  { maxDistance, distanceOffset }: FeatureCode,
): DistanceMasks {
  const stream = new Keystream(seed, "masks", bid);
  const most = Math.min(MOST_FACTOR, Math.floor(largestProduct() / (maxDistance + 1)));
  const octave = stream.below(Math.floor(Math.log2(most / LEAST_FACTOR)));
  const least = LEAST_FACTOR * 2 ** octave;
  const factor = least + stream.below(Math.min(least, most - least) + 1);
  const shift = stream.below(Math.floor(MODULUS / 4));
  return { factor, shift: shift + factor * distanceOffset };
}

/**
 * What is added to a bid's products with a pack: in each slot a uniformly random number, of which those of one offer
 * sum up to the shift and its e.
 */
export function maskShares(
  seed: Uint8Array,
  bid: string,
  { factor, shift }: DistanceMasks,
  layout: SlotLayout,
  { pack, taken }: { pack: number; taken: number },
): BigUint64Array {
  const ties = new Keystream(seed, "ties", bid, pack);
  const stream = new Keystream(seed, "shares", bid, pack);
  return sumShares(stream, layout, taken, () => shift + ties.below(factor));
}
