import { LeanIMT } from "@zk-kit/lean-imt";
import { BaseError } from "../errors.ts";
import { requireField } from "./field.ts";
import { hash } from "./poseidon.ts";

/** Levels of the tree of notes: it holds 2^24 leaves. */
export const NOTE_TREE_DEPTH = 24;
/** Levels of the tree of authorised participants. */
export const PARTICIPANT_TREE_DEPTH = 16;

/** What shows a circuit that a leaf is in a tree. */
export interface MerklePath {
  leaf: bigint;
  index: number;
  /** Leaves of the tree: with the index it fixes at which levels the path has a neighbour. */
  size: number;
  root: bigint;
  /** One for each level of the circuit, the leaves' first; 0 where there is none. */
  siblings: readonly bigint[];
}

export class MerkleTreeError extends BaseError {
  override name = "MerkleTreeError";
}

const hashPair = (left: bigint, right: bigint): bigint => hash(left, right);

/** A LeanIMT as the pool keeps it. */
export class MerkleTree {
  readonly depth: number;
  #tree: LeanIMT;

  /** @param depth levels that the circuit has */
  constructor(depth: number, leaves: readonly bigint[] = []) {
    this.depth = depth;
    this.#tree = new LeanIMT(hashPair);
    this.append(leaves);
  }

  get size(): number {
    return this.#tree.size;
  }

  /** @throws MerkleTreeError where the tree is empty */
  get root(): bigint {
    if (this.size === 0) throw new MerkleTreeError("The tree has no leaves, and so no root.");
    return this.#tree.root;
  }

  get leaves(): readonly bigint[] {
    return this.#tree.leaves;
  }

  append(leaves: readonly bigint[]): void {
    leaves.forEach((leaf) => requireField("A leaf", leaf));
    if (this.size + leaves.length > 2 ** this.depth) {
      throw new MerkleTreeError(`The tree has room for ${2 ** this.depth} leaves only.`);
    }
    if (leaves.length > 0) this.#tree.insertMany([...leaves]);
  }

  /** @param leaf 0 for a participant that was removed */
  replace(index: number, leaf: bigint): void {
    this.#requireIndex(index);
    this.#tree.update(index, requireField("A leaf", leaf));
  }

  /** Takes the last leaves away again: no more than a hash for each level. @param size how many stay */
  truncate(size: number): void {
    if (!Number.isInteger(size) || size < 0 || size > this.size) {
      throw new MerkleTreeError(`The tree has ${this.size} leaves, of which ${size} cannot stay.`);
    }
    if (size === this.size) return;
    const levels = JSON.parse(this.#tree.export(), (_, value: unknown) =>
      typeof value === "string" ? BigInt(value) : value,
    ) as bigint[][];
    const kept = [levels[0]!.slice(0, size)];
    for (let below = kept[0]!; below.length > 1; below = kept.at(-1)!) {
      const width = Math.ceil(below.length / 2);
      const [left, right] = below.slice(2 * (width - 1)) as [bigint, bigint?];
      const last = right === undefined ? left : hash(left, right);
      kept.push([...levels[kept.length]!.slice(0, width - 1), last]);
    }
    const text = JSON.stringify(kept, (_, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    this.#tree = LeanIMT.import(hashPair, text);
  }

  /** The first place of a leaf, or -1. */
  indexOf(leaf: bigint): number {
    return this.#tree.indexOf(leaf);
  }

  pathOf(index: number): MerklePath {
    this.#requireIndex(index);
    const { siblings: neighbours, leaf, root } = this.#tree.generateProof(index);
    const siblings: bigint[] = [];
    let taken = 0;
    for (let level = 0; level < this.depth; level++) {
      siblings.push(hasNeighbour(index, this.size, level) ? neighbours[taken++]! : 0n);
    }
    return { leaf, index, size: this.size, root, siblings };
  }

  /** The neighbours on the way from a leaf to the root, without the levels that have none. */
  neighboursOf(index: number): readonly bigint[] {
    this.#requireIndex(index);
    return this.#tree.generateProof(index).siblings;
  }

  #requireIndex(index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.size) return;
    throw new MerkleTreeError(`The tree has ${this.size} leaves, and none at index ${index}.`);
  }
}

/** Whether the node above or at a leaf has one beside it at a level: all but the last one do, where that is even. */
function hasNeighbour(index: number, size: number, level: number): boolean {
  const place = Math.floor(index / 2 ** level);
  const last = Math.ceil(size / 2 ** level) - 1;
  return place !== last || place % 2 === 1;
}

/**
 * The root that a path leads to: the twin of the circuits' check.
 * @throws MerkleTreeError where the index is none of the tree, or a neighbour stands where there is none
 */
export function rootOfPath({ leaf, index, size, siblings }: MerklePath): bigint {
  if (!Number.isInteger(index) || index < 0 || index >= size || size > 2 ** siblings.length) {
    throw new MerkleTreeError(`A tree of ${size} leaves has no leaf at index ${index}.`);
  }
  return siblings.reduce((node, sibling, level) => {
    if (hasNeighbour(index, size, level)) {
      const isRight = Math.floor(index / 2 ** level) % 2 === 1;
      return isRight ? hash(sibling, node) : hash(node, sibling);
    }
    if (sibling !== 0n) {
      throw new MerkleTreeError(`The path has a neighbour at level ${level}, where there is none.`);
    }
    return node;
  }, leaf);
}
