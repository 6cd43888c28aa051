import { requireWithin } from "./field.ts";
import { hash } from "./poseidon.ts";
import { TAGS } from "./tags.ts";
import { NOTE_TREE_DEPTH } from "./merkleTree.ts";

/**
 * What a note is spent by. No curve scalar enters it, so that no key has two nullifiers for a note.
 * @param scope of the pool, see `scopeOf`
 */
export function nullifierOf(scope: bigint, nullifierKey: bigint, leafIndex: number): bigint {
  const index = requireWithin(
    "A leaf's index",
    BigInt(leafIndex),
    0n,
    2n ** BigInt(NOTE_TREE_DEPTH) - 1n,
  );
  return hash(TAGS.nullifier, scope, nullifierKey, index);
}
