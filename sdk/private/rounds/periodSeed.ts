import { getBytes, keccak256 } from "ethers";
import { concatBytes } from "@noble/hashes/utils.js";

/** What a matcher commits to on chain before an epoch's plans close. @param epochSeed 32 bytes, the matcher's secret */
export function seedCommitment(epochSeed: Uint8Array): string {
  return keccak256(requireSeed(epochSeed));
}

/**
 * The seed of a period's order and masks. Neither the matcher, which committed to its part before, nor the key holder,
 * which tells the beacon only after the plans have closed and never learns the seed, can choose it.
 * @param beacon 32 bytes in hex
 */
export function periodSeed(epochSeed: Uint8Array, beacon: string): Uint8Array {
  const shared = getBytes(beacon);
  if (shared.length !== 32) throw new RangeError("A beacon has 32 bytes.");
  return getBytes(keccak256(concatBytes(requireSeed(epochSeed), shared)));
}

function requireSeed(seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new RangeError("An epoch's seed has 32 bytes.");
  return seed;
}
