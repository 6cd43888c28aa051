import { compileFeatures } from "../../../../sdk/private/matching/featureSchema.ts";
import type { MaskedBid } from "../../../../sdk/private/matching/distanceMasker.ts";
import type { HeScheme } from "../../../../sdk/private/matching/heScheme.ts";
import type { OpenRound } from "../computeTasks.ts";
import type { RoundTaker, RoundWork } from "../distanceEngine.ts";
import { readBlobs } from "../readBlobs.ts";
import { cut, positionsOf } from "../shares.ts";
import type { ThreadEngine } from "../threadEngine.ts";
import type { Waiting } from "../waiting.ts";
import { checkResult } from "./checkResult.ts";
import { WrongResultError } from "./spreadErrors.ts";
import type { BatchBid, BatchResult } from "./workerWire.ts";

/** What a batch takes on its way, at most: bids or results. */
const MOST_BATCH_BYTES = 2 ** 23;
const RESULT_BYTES = 2 ** 18;
const MOST_BIDS = 8;
/** So that the last batch is no large part of the work. */
const LEAST_BATCHES = 16;

/** A round that is spread: which batches are open, and what came of the others. */
export class SpreadRound {
  readonly open: OpenRound;
  /** Positions of bids. */
  readonly batches: readonly (readonly number[])[];
  /** Ends when all bids are done, or one could not be handed over. */
  readonly ended: Promise<void>;
  readonly startedMs = performance.now();
  readonly #work: RoundWork;
  readonly #taker: RoundTaker;
  readonly #local: ThreadEngine;
  readonly #scheme: HeScheme;
  readonly #left: Set<number>;
  /** What is being handed over: a second result of a bid waits for the first, and is not looked at. */
  readonly #handing = new Map<number, Promise<void>>();
  readonly #end: Waiting<void>;

  constructor(
    open: OpenRound,
    work: RoundWork,
    taker: RoundTaker,
    { local, scheme }: { local: ThreadEngine; scheme: HeScheme },
  ) {
    this.open = open;
    this.#work = work;
    this.#taker = taker;
    this.#local = local;
    this.#scheme = scheme;
    const positions = positionsOf(work);
    this.#left = new Set(positions);
    this.batches = cut(positions, batchSize(positions.length, open.packs.length));
    let end: Waiting<void>;
    this.ended = new Promise((resolve, reject) => (end = { resolve, reject }));
    this.#end = end!;
    this.ended.catch(() => undefined);
    if (positions.length === 0) this.#end.resolve();
  }

  /** The batches that are not done, those that workers come to last first. */
  batchesLeft(): number[] {
    return [...this.batches.keys()].filter((batch) => this.#leftOf(batch).length > 0).reverse();
  }

  /** What is left to do of a batch, with the ciphertexts. */
  async bidsOf(batch: number): Promise<BatchBid[]> {
    const bids = this.#leftOf(batch).map((position) => ({
      position,
      contentHash: this.#work.bids[position]!,
    }));
    const { whole } = await readBlobs(this.#work.blobs, bids);
    const read = new Set(whole.map(({ position }) => position));
    const missing = bids.filter(({ position }) => !read.has(position));
    for (const { position } of missing) await this.#doLocally(position);
    return whole;
  }

  /**
   * Keeps what a worker made of a batch, unless it is kept already.
   * @throws WrongResultError, CiphertextError where it has not the form of results; nothing of it is kept then
   */
  async take(batch: number, { masked, bad }: BatchResult): Promise<void> {
    for (const { position, masked: result } of masked) this.#check(batch, position, result);
    for (const { position } of bad) this.#requireOf(batch, position);
    for (const { position, masked: result } of masked) {
      await this.#hand(position, () => this.#taker.onBid(position, result));
    }
    // Not on a worker's word: its bid would be left out of the round.
    for (const { position } of bad) await this.#doLocally(position);
  }

  /** Does what is left of a batch on this process's own threads. */
  async doLocally(batch: number): Promise<void> {
    for (const position of this.#leftOf(batch)) await this.#doLocally(position);
  }

  /** Waits for what is being handed over. Nothing more is. */
  async close(): Promise<void> {
    this.#left.clear();
    await Promise.allSettled(this.#handing.values());
  }

  #leftOf(batch: number): number[] {
    return (this.batches[batch] ?? []).filter((position) => this.#left.has(position));
  }

  async #doLocally(position: number): Promise<void> {
    const bid = { contentHash: this.#work.bids[position]! };
    const { masked, bad } = await this.#local.maskBids(this.open, [bid], this.#work.blobs);
    await this.#hand(position, async () => {
      for (const one of masked) await this.#taker.onBid(position, one.masked);
      for (const one of bad) await this.#taker.onBad(one, position);
    });
  }

  async #hand(position: number, work: () => Promise<void>): Promise<void> {
    if (!this.#left.has(position)) return;
    const handing = this.#handing.get(position) ?? work();
    this.#handing.set(position, handing);
    try {
      await handing;
    } catch (error) {
      this.#end.reject(error as Error);
      throw error;
    }
    this.#left.delete(position);
    this.#handing.delete(position);
    if (this.#left.size === 0) this.#end.resolve();
  }

  #requireOf(batch: number, position: number): void {
    if (!(this.batches[batch] ?? []).includes(position)) {
      throw new WrongResultError(`is of a position that is not in batch ${batch}`, position);
    }
  }

  #check(batch: number, position: number, { distances, limits }: MaskedBid): void {
    this.#requireOf(batch, position);
    const packs = this.open.packs.length;
    const expected = compileFeatures(this.open.schema).limit === undefined ? 0 : packs;
    if (distances.length !== packs || limits.length !== expected) {
      const counts = [distances.length, limits.length];
      throw new WrongResultError(`has not a ciphertext for each of ${packs} packs`, counts);
    }
    for (const bytes of [...distances, ...limits]) checkResult(this.#scheme, bytes);
  }
}

function batchSize(bids: number, packs: number): number {
  const bytes = 2 * packs * RESULT_BYTES;
  const size = Math.min(MOST_BIDS, bids / LEAST_BATCHES, MOST_BATCH_BYTES / bytes);
  return Math.max(1, Math.floor(size));
}
