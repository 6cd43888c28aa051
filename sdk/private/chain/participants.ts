import { BaseError } from "../../errors.ts";
import { MerkleTree, PARTICIPANT_TREE_DEPTH, type MerklePath } from "../merkleTree.ts";

/** Who has joined a pool, by address. */
export interface Participant {
  address: string;
  owner: bigint;
  index: number;
  /** Undefined while it can make plans. */
  expelledAtBlock: number | undefined;
}

/** An owner is not among those who can make plans. */
export class NotParticipantError extends BaseError {
  override name = "NotParticipantError";

  constructor(owner: bigint) {
    super(`Owner ${owner} is not among the private market's participants.`, {
      metaMessages: [
        "Join first; whoever was expelled must be authorised again in the open market.",
      ],
    });
  }
}

/** The pool's participants, and their tree. Of its roots only the latest is valid. */
export class Participants {
  readonly #tree = new MerkleTree(PARTICIPANT_TREE_DEPTH);
  readonly #list: Participant[] = [];
  /** Places of those who are in the tree. */
  readonly #indices = new Map<bigint, number>();

  /** All who ever joined, in the order of their places. */
  get list(): readonly Participant[] {
    return this.#list;
  }

  /** Places of the tree, empty ones too. */
  get size(): number {
    return this.#tree.size;
  }

  /** 0 where nobody has joined. */
  get root(): bigint {
    return this.size === 0 ? 0n : this.#tree.root;
  }

  has(owner: bigint): boolean {
    return this.#indices.has(owner);
  }

  add(address: string, owner: bigint): void {
    const index = this.size;
    this.#tree.append([owner]);
    this.#indices.set(owner, index);
    this.#list.push({ address, owner, index, expelledAtBlock: undefined });
  }

  /** @returns whether the owner was at this place */
  remove(owner: bigint, index: number, blockNumber: number): boolean {
    if (this.#indices.get(owner) !== index) return false;
    this.#indices.delete(owner);
    this.#tree.replace(index, 0n);
    this.#list[index] = { ...this.#list[index]!, expelledAtBlock: blockNumber };
    return true;
  }

  /** @throws NotParticipantError */
  pathOfOwner(owner: bigint): MerklePath {
    const index = this.#indices.get(owner);
    if (index === undefined) throw new NotParticipantError(owner);
    return this.#tree.pathOf(index);
  }

  /** What the contract's `expel` wants: the neighbours of its place, without the levels that have none. */
  neighboursOfOwner(owner: bigint): readonly bigint[] {
    return this.#tree.neighboursOf(this.pathOfOwner(owner).index);
  }
}
