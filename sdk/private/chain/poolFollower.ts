import { getAddress, type Provider } from "ethers";
import { BaseError } from "../../errors.ts";
import { readLogs, type BlockRange } from "../../clients/readLogs.ts";
import type { MerklePath } from "../merkleTree.ts";
import type { PoolId } from "../pool.ts";
import type { NoteStore } from "../store/noteStore.ts";
import { PoolHistoryError } from "./poolFault.ts";
import { parsePoolLog, type PoolLog } from "./poolLog.ts";
import { PoolState } from "./poolState.ts";
import { readTerms, type PoolTerms } from "./poolReads.ts";
import { toPoolEvents } from "./toPoolEvents.ts";

/** How many blocks are read before what they hold is checked and kept. */
const BLOCKS_PER_STEP = 20_000;
/** How often a step is tried while the chain changes under it, or its last block is not there yet. */
const STEP_ATTEMPTS = 5;
/** How long the first pause between two tries is; each is longer by as much. */
const RETRY_MS = 100;
/** How many blocks' hashes are kept: a deeper reorganisation makes the follower begin anew. */
const MOST_CHECKPOINTS = 512;

/** A block whose hash is known. */
interface Checkpoint {
  number: number;
  hash: string;
}

/** The chain changes faster than it can be read. */
export class UnsteadyChainError extends BaseError {
  override name = "UnsteadyChainError";

  constructor({ fromBlock, toBlock }: BlockRange) {
    super(
      `The chain changed ${STEP_ATTEMPTS} times while blocks ${fromBlock} to ${toBlock} were read.`,
      { metaMessages: ["Ask a node that is in step with its chain, or try again later."] },
    );
  }
}

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
  #state = new PoolState();
  #logs: PoolLog[] = [];
  #checkpoints: Checkpoint[] = [];
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
    return this.#checkpoints.at(-1)?.number ?? this.#fromBlock - 1;
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
    return this.#inTurn(() => this.#sync(throughBlock));
  }

  /**
   * Reads the chain to its end, and brings a store up to the same block. A store that comes from an export is
   * rewound to the pool's beginning where the chain has another block than it knew.
   * @throws as `sync`
   */
  feed(store: NoteStore, throughBlock?: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#sync(throughBlock);
      await this.#rewindStore(store);
      const first = this.#logs.findIndex(({ blockNumber }) => blockNumber > store.scannedTo);
      const fresh = first === -1 ? [] : this.#logs.slice(first);
      const events = fresh.flatMap((log) => toPoolEvents(log, this.#state.matches));
      if (this.scannedTo >= store.scannedTo) {
        store.scan(events, this.scannedTo, this.#checkpoints.at(-1)?.hash);
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #sync(throughBlock = 0): Promise<void> {
    let failures = 0;
    for (;;) {
      // A node that lags or changes its mind gets a little time.
      if (failures > 0) await delay(RETRY_MS * failures);
      if (await this.#goBack()) failures++;
      const head = Math.max(await latestBlock(this.#provider), throughBlock);
      if (this.scannedTo >= head) return;
      const range = {
        fromBlock: this.scannedTo + 1,
        toBlock: Math.min(this.scannedTo + BLOCKS_PER_STEP, head),
      };
      if (failures >= STEP_ATTEMPTS) throw new UnsteadyChainError(range);
      if (!(await this.#readStep(range))) failures++;
    }
  }

  /** Goes back to the last known block that the chain still has. @returns whether that was another */
  async #goBack(): Promise<boolean> {
    const known = this.#checkpoints.length;
    for (let last = this.#checkpoints.at(-1); last !== undefined; last = this.#checkpoints.at(-1)) {
      if ((await this.#hashOf(last.number)) === last.hash) break;
      this.#checkpoints.pop();
    }
    if (this.#checkpoints.length === known) return false;
    this.#rewind();
    return true;
  }

  async #hashOf(blockNumber: number): Promise<string | undefined> {
    return (await this.#provider.getBlock(blockNumber))?.hash ?? undefined;
  }

  /** Reads some blocks. @returns false where they were not of one and the same chain all the time */
  async #readStep(range: BlockRange): Promise<boolean> {
    const { toBlock } = range;
    const before = await this.#hashOf(toBlock);
    const raw = await readLogs(this.#provider, this.address, range);
    const known = this.#checkpoints.at(-1);
    const isBefore = known === undefined || (await this.#hashOf(known.number)) === known.hash;
    const isLast = raw.every((log) => log.blockNumber !== toBlock || log.blockHash === before);
    // A block fixes all before it: the logs are of one chain where it is the same before and after.
    if (before === undefined || !isBefore || !isLast) return false;
    if ((await this.#hashOf(toBlock)) !== before) return false;
    this.#take(
      raw.map(parsePoolLog).filter((log) => log !== undefined),
      raw.map(({ blockNumber: number, blockHash: hash }) => ({ number, hash })),
      { number: toBlock, hash: before },
    );
    return true;
  }

  #take(logs: readonly PoolLog[], passed: readonly Checkpoint[], end: Checkpoint): void {
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
    for (const checkpoint of [...passed, end]) {
      if (checkpoint.number > this.scannedTo) this.#checkpoints.push(checkpoint);
    }
    this.#checkpoints = this.#checkpoints.slice(-MOST_CHECKPOINTS);
  }

  /** Forgets what came after the last checkpoint. */
  #rewind(): void {
    const toBlock = this.scannedTo;
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
        (await this.#hashOf(store.scannedTo)) === store.scannedHash;
      if (!isKnown) store.rewind(this.#fromBlock - 1);
    }
    this.#fed.set(store, this.#rewinds.length);
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The chain's last block, past what ethers would remember of it for a while. */
async function latestBlock(provider: Provider): Promise<number> {
  if ("send" in provider && typeof provider.send === "function") {
    const send = provider.send.bind(provider) as (method: string, params: []) => Promise<unknown>;
    return Number(await send("eth_blockNumber", []));
  }
  return provider.getBlockNumber();
}
