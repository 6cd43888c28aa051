import { poseidon2 } from "poseidon-lite/poseidon2";
import { poseidon3 } from "poseidon-lite/poseidon3";
import { poseidon4 } from "poseidon-lite/poseidon4";
import { poseidon5 } from "poseidon-lite/poseidon5";
import { poseidon6 } from "poseidon-lite/poseidon6";
import { poseidon7 } from "poseidon-lite/poseidon7";
import { poseidon8 } from "poseidon-lite/poseidon8";
import { poseidon9 } from "poseidon-lite/poseidon9";
import { requireField } from "./field.ts";

type Permutation = (inputs: bigint[], outputs?: number) => bigint | bigint[];

// One import for each number of inputs that the protocol has: all sixteen would treble a page's weight.
const PERMUTATIONS: Readonly<Record<number, Permutation>> = {
  2: poseidon2,
  3: poseidon3,
  4: poseidon4,
  5: poseidon5,
  6: poseidon6,
  7: poseidon7,
  8: poseidon8,
  9: poseidon9,
};

function permute(inputs: readonly bigint[], outputs: number): bigint[] {
  const permutation = PERMUTATIONS[inputs.length];
  if (permutation === undefined) throw new RangeError(`No hash has ${inputs.length} inputs.`);
  // poseidon-lite reduces larger inputs silently: two inputs would have one hash.
  inputs.forEach((input, i) => requireField(`Input ${i} of the hash`, input));
  // It gives a list for two outputs and more, which its types do not say.
  return permutation([...inputs], outputs) as bigint[];
}

/** Poseidon with circomlib's parameters: its `Poseidon(n)`. */
export function hash(...inputs: bigint[]): bigint {
  return permute(inputs, 2)[0]!;
}

/**
 * Words of the rate of one permutation: circomlib's `PoseidonEx(n, words + 1)` without its first output, which is of
 * the capacity and never shown.
 */
export function hashStream(inputs: readonly bigint[], words: number): bigint[] {
  if (words > inputs.length)
    throw new RangeError(`${inputs.length} inputs give no ${words} words.`);
  return permute(inputs, words + 1).slice(1);
}
