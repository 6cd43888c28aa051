import { requireEnergyWh, requirePrice, type MatchNote } from "../notes.ts";
import { hashStream } from "../poseidon.ts";
import { TAGS } from "../tags.ts";

/** R.y, the terms, and their key for the seller, the buyer and the regulator. */
export const MATCH_OPENING_WORDS = 5;

/** A match as it is proposed, and as everybody sees it. */
export interface SealedMatch {
  /** The match's commitment. */
  record: bigint;
  /** Commitments of both plans. */
  sellPlan: bigint;
  buyPlan: bigint;
  opening: readonly bigint[];
}

/** Who can open a match, in the order of the opening's words. */
export const MATCH_READERS = ["seller", "buyer", "regulator"] as const;
export type MatchReader = (typeof MATCH_READERS)[number];

/** The salt of a match, and what hides its terms. */
export function openingStream(key: bigint): { salt: bigint; pad: bigint } {
  const [salt, pad] = hashStream([TAGS.stream, key, 0n], 2);
  return { salt: salt!, pad: pad! };
}

const ENERGY_BITS = 28;

/** Bits 0–27 energy, 28–59 price. */
export function packMatch({
  energyWh,
  priceMicroPerKwh,
}: Pick<MatchNote, "energyWh" | "priceMicroPerKwh">): bigint {
  return requireEnergyWh(energyWh) | (requirePrice(priceMicroPerKwh) << BigInt(ENERGY_BITS));
}

/** The terms as they were packed; whatever lies above them makes the price too large. */
export function unpackMatch(packed: bigint): Pick<MatchNote, "energyWh" | "priceMicroPerKwh"> {
  return {
    energyWh: BigInt.asUintN(ENERGY_BITS, packed),
    priceMicroPerKwh: packed >> BigInt(ENERGY_BITS),
  };
}
