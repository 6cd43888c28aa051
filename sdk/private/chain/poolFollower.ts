import { getAddress, type Log, type Provider } from "ethers";
import { BaseError } from "../../errors.ts";
import { LogTrail } from "../../clients/logTrail.ts";
import type { MerklePath } from "../merkleTree.ts";
import type { PoolId } from "../pool.ts";
import type { NoteStore } from "../store/noteStore.ts";
import { PoolHistoryError } from "./poolFault.ts";
import { parsePoolLog, type PoolLog } from "./poolLog.ts";
import { PoolState } from "./poolState.ts";
import { readTerms, type PoolTerms } from "./poolReads.ts";
import { toPoolEvents } from "./toPoolEvents.ts";

/** A note waits for its insertion into the tree, and has no path yet. */
export class LeafPendingError extends BaseError {
  override name = "LeafPendingError";

  constructor(leafIndex: number, insertedLeaves: number) {
    super(`Leaf ${leafIndex} is not in the tree yet, which has ${insertedLeaves} leaves.`, {
      metaMessages: ["Call insertLeaves, which anyone may, and read the chain again."],
    });
  }
}

export interface FollowOptions {
  /** The block of the pool's deployment, or any before it. */
  fromBlock?: number;
}

/**
 * Follows a private market on its chain: reads its logs, checks that they fit together, and keeps its trees, plans and
 * matches. Whoever follows several accounts needs one follower. What it holds is lost with the process: it reads the
 * chain again then.
 */
export class PoolFollower {
  readonly address: string;
  readonly #provider: Provider;
  readonly #fromBlock: number;
  readonly #trail: LogTrail;
  #state = new PoolState();
  #logs: PoolLog[] = [];
  /** To which blocks the follower went back, in their order. */
  readonly #rewinds: number[] = [];
  /** How many of them a store has seen. */
  readonly #fed = new WeakMap<NoteStore, number>();
  /** The last of the syncs, which run one after another. */
  #queue: Promise<unknown> = Promise.resolve();
  #chainId: bigint | undefined;
  #terms: PoolTerms | undefined;

  constructor(provider: Provider, address: string, { fromBlock = 0 }: FollowOptions = {}) {
    this.address = getAddress(address);
    this.#provider = provider;
    this.#fromBlock = fromBlock;
    this.#trail = new LogTrail(provider, this.address, fromBlock, {
      take: (logs) => this.#take(logs),
      rewind: (toBlock) => this.#rewind(toBlock),
    });
  }

  /** What the blocks that were read come to. Another object after each reorganisation. */
  get state(): PoolState {
    return this.#state;
  }

  /** The logs that were read, in their order. */
  get logs(): readonly PoolLog[] {
    return this.#logs;
  }

  /** The last block that was read. */
  get scannedTo(): number {
    return this.#trail.scannedTo;
  }

  async pool(): Promise<PoolId> {
    this.#chainId ??= (await this.#provider.getNetwork()).chainId;
    return { chainId: this.#chainId, pool: this.address };
  }

  /** The pool's rules, which never change. */
  async terms(): Promise<PoolTerms> {
    this.#terms ??= await readTerms(this.#provider, this.address);
    return this.#terms;
  }

  /** The way of a note to the tree's root. @throws LeafPendingError, MerkleTreeError */
  pathOf(leafIndex: number): MerklePath {
    const { leaves, insertedLeaves, notes } = this.#state;
    if (leafIndex >= insertedLeaves && leafIndex < leaves.length) {
      throw new LeafPendingError(leafIndex, insertedLeaves);
    }
    return notes.pathOf(leafIndex);
  }

  /** The way of an owner to the root of the participants' tree. @throws NotParticipantError */
  pathOfOwner(owner: bigint): MerklePath {
    return this.#state.participants.pathOfOwner(owner);
  }

  /**
   * Reads the chain to its end, and goes back first where it was reorganised. Where the logs contradict each other,
   * none of the step that they came with is kept.
   * @param throughBlock is read at least, such as that of a receipt: a node may lag behind another
   * @throws PoolHistoryError, MalformedPoolLogError, UnsteadyChainError, and what the provider throws
   */
  sync(throughBlock?: number): Promise<void> {
    return this.#inTurn(() => this.#trail.sync(throughBlock));
  }

  /**
   * Reads the chain to its end, and brings a store up to the same block. A store that comes from an export is
   * rewound to the pool's beginning where the chain has another block than it knew.
   * @throws as `sync`
   */
  feed(store: NoteStore, throughBlock?: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#trail.sync(throughBlock);
      await this.#rewindStore(store);
      const first = this.#logs.findIndex(({ blockNumber }) => blockNumber > store.scannedTo);
      const fresh = first === -1 ? [] : this.#logs.slice(first);
      const events = fresh.flatMap((log) => toPoolEvents(log, this.#state.matches));
      if (this.scannedTo >= store.scannedTo) {
        store.scan(events, this.scannedTo, this.#trail.scannedHash);
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #take(raw: readonly Log[]): void {
    const logs = raw.map(parsePoolLog).filter((log) => log !== undefined);
    const known = this.#logs.length;
    try {
      for (const log of logs) {
        this.#logs.push(log);
        this.#state.apply(log);
        const fault = this.#state.faults[0];
        if (fault !== undefined) throw new PoolHistoryError(fault);
      }
    } catch (error) {
      this.#logs.length = known;
      this.#rebuild();
      throw error;
    }
  }

  #rewind(toBlock: number): void {
    this.#rewinds.push(toBlock);
    this.#logs = this.#logs.filter(({ blockNumber }) => blockNumber <= toBlock);
    this.#rebuild();
  }

  /** Makes the state of the logs anew; of the tree, what it had is not hashed again. */
  #rebuild(): void {
    const inserted = this.#logs.findLast((log) => log.name === "LeavesInserted");
    const { notes } = this.#state;
    notes.truncate(inserted?.size ?? 0);
    this.#state = new PoolState(notes);
    for (const log of this.#logs) this.#state.apply(log);
  }

  async #rewindStore(store: NoteStore): Promise<void> {
    const seen = this.#fed.get(store);
    if (seen !== undefined) {
      for (const toBlock of this.#rewinds.slice(seen)) store.rewind(toBlock);
    } else if (store.scannedTo >= this.#fromBlock) {
      const isKnown =
        store.scannedHash !== undefined &&
        (await this.#trail.hashOf(store.scannedTo)) === store.scannedHash;
      if (!isKnown) store.rewind(this.#fromBlock - 1);
    }
    this.#fed.set(store, this.#rewinds.length);
  }
}
