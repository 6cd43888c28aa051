import { createHash, randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { MatcherKeys } from "../../../sdk/private/matching/distanceMasker.ts";
import { BadOffersError, NoThreadsError } from "./computeErrors.ts";
import type { Answer, Ask, ComputeKind, OpenRound } from "./computeTasks.ts";
import type {
  BadCiphertext,
  BlobSource,
  DistanceEngine,
  RoundTaker,
  RoundWork,
} from "./distanceEngine.ts";
import { inLanes } from "../../inLanes.ts";
import { readBlobs, type Stored } from "./readBlobs.ts";
import { cut, layoutOf, packShares, positionsOf } from "./shares.ts";
import { withoutFatal } from "./survivors.ts";
import { ThreadPool } from "./threadPool.ts";

export interface ThreadEngineOptions {
  /** As many as the machine has cores, unless given. */
  threads?: number;
  /** What runs in each thread, if not the computation itself. */
  threadFile?: URL;
}

/** A thread has one share while the next one is read from disk. */
const SHARES_PER_THREAD = 2;
const UPLOADS_A_SHARE = 16;
/** Where more ciphertexts kill threads one after another, it is not the ciphertexts. */
const MOST_FATAL = 3;

/** Computes on threads of this process. They are started with it, and wait for work. */
export class ThreadEngine implements DistanceEngine {
  readonly threads: number;
  readonly #pool: ThreadPool;
  /** Of the last round: where it is computed in two steps, or again after a crash of a peer. */
  #packed: { of: string; packs: Uint8Array[] } | undefined;
  #fatalInARow = 0;

  constructor({ threads = availableParallelism(), threadFile }: ThreadEngineOptions = {}) {
    this.threads = threads;
    this.#pool = new ThreadPool(threads, threadFile);
  }

  /** Ends when all threads are ready, which takes half a second: what is asked before waits for that. */
  async warmUp(): Promise<void> {
    const nothing = { ciphertexts: [] };
    await Promise.all(Array.from({ length: this.threads }, () => this.#pool.ask("check", nothing)));
  }

  async check(
    blobs: BlobSource,
    contentHashes: readonly string[],
    signal?: AbortSignal,
  ): Promise<BadCiphertext[]> {
    const bad: BadCiphertext[] = [];
    const stored = contentHashes.map((contentHash) => ({ contentHash }));
    await this.#inLanes(cut(stored, UPLOADS_A_SHARE), signal, async (share) => {
      const done = await this.#survive(blobs, share, (ciphertexts) =>
        this.#pool.ask("check", { ciphertexts }, { given: ciphertexts }),
      );
      bad.push(...done.bad);
    });
    return bad;
  }

  async squares(work: RoundWork, signal?: AbortSignal): Promise<Uint8Array[]> {
    const { schema } = work;
    const packs = await this.packs(work, signal);
    const { packSize } = layoutOf(work);
    const masked: Uint8Array[] = [];
    // One at a time: a pack's offers are all in memory.
    for (const [i, pack] of packs.entries()) {
      signal?.throwIfAborted();
      const hashes = work.offers.slice(i * packSize, (i + 1) * packSize);
      const stored = hashes.map((contentHash) => ({ contentHash }));
      const { whole, bad } = await readBlobs(work.blobs, stored);
      if (bad.length > 0) throw new BadOffersError(bad);
      const offers = whole.map(({ bytes }) => bytes);
      masked.push(await this.#mustAsk("squares", { schema, keys: keysOf(work), pack, offers }));
    }
    return masked;
  }

  async run(work: RoundWork, taker: RoundTaker, signal?: AbortSignal): Promise<void> {
    const round = await this.open(work, signal);
    await this.#inLanes(positionsOf(work), signal, async (position) => {
      const bid = { contentHash: work.bids[position]! };
      const { masked, bad } = await this.maskBids(round, [bid], work.blobs);
      for (const one of masked) await taker.onBid(position, one.masked);
      for (const one of bad) await taker.onBad(one, position);
    });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** Packs a round's offers and names it. @throws BadOffersError */
  async open(work: RoundWork, signal?: AbortSignal): Promise<OpenRound> {
    return {
      id: randomUUID(),
      schema: work.schema,
      keys: keysOf(work),
      packs: await this.packs(work, signal),
      offers: work.offers.length,
    };
  }

  /** Masks bids on one thread, one after another. */
  async maskBids(
    round: OpenRound,
    bids: readonly Stored[],
    blobs: BlobSource,
  ): Promise<Answer<"mask">> {
    const { answers, bad } = await this.#survive(blobs, bids, (some) =>
      this.#pool.ask("mask", { bids: some }, { round, given: some }),
    );
    return { masked: answers.flatMap(({ masked }) => masked), bad };
  }

  /**
   * All offers, each pack in parts on all threads. Sums of ciphertexts are exact: the packs are the same bytes in
   * whatever parts they were made.
   * @throws BadOffersError
   */
  async packs(work: RoundWork, signal?: AbortSignal): Promise<Uint8Array[]> {
    const of = createHash("sha256").update(JSON.stringify([work.schema, work.offers]));
    const key = of.digest("hex");
    if (this.#packed?.of !== key) {
      this.#packed = { of: key, packs: await this.#pack(work, signal) };
    }
    return this.#packed.packs;
  }

  async #pack(work: RoundWork, signal?: AbortSignal): Promise<Uint8Array[]> {
    const { schema, offers, blobs } = work;
    const layout = layoutOf(work);
    const parts: Uint8Array[][] = Array.from({ length: layout.packsFor(offers.length) }, () => []);
    const bad: BadCiphertext[] = [];
    const shares = packShares(work, SHARES_PER_THREAD * this.threads);
    await this.#inLanes(shares, signal, async (share) => {
      const done = await this.#survive(blobs, share.offers, (some) =>
        this.#pool.ask("pack", { schema, offers: some }, { given: some }),
      );
      bad.push(...done.bad);
      parts[share.pack]!.push(...done.answers.flatMap(({ part }) => part ?? []));
    });
    if (bad.length > 0) throw new BadOffersError(bad);
    return Promise.all(parts.map((some) => this.#mustAsk("sum", { schema, parts: some })));
  }

  /** Again where a thread dies of it, once. */
  async #mustAsk<K extends ComputeKind>(kind: K, ask: Ask<K>): Promise<Answer<K>> {
    const { answers, fatal } = await withoutFatal([ask], () => this.#pool.ask(kind, ask));
    if (fatal.length > 0) throw new NoThreadsError(fatal[0]!.reason);
    return answers[0]!;
  }

  /**
   * Does a share without the ciphertexts that cannot be read, are none, or kill every thread. They are read anew for
   * each try: a thread is given the bytes themselves, and they are gone with it.
   * @throws NoThreadsError where too many kill threads
   */
  async #survive<S extends Stored, A extends { bad: BadCiphertext[] }>(
    blobs: BlobSource,
    share: readonly S[],
    work: (whole: readonly (S & { bytes: Uint8Array })[]) => Promise<A>,
  ): Promise<{ answers: A[]; bad: BadCiphertext[] }> {
    const bad: BadCiphertext[] = [];
    const { answers, fatal } = await withoutFatal(share, async (some) => {
      const read = await readBlobs(blobs, some);
      const done = read.whole.length === 0 ? [] : [await work(read.whole)];
      if (done.length > 0) this.#fatalInARow = 0;
      bad.push(...read.bad, ...done.flatMap((answer) => answer.bad));
      return done;
    });
    this.#fatalInARow += fatal.length;
    if (this.#fatalInARow > MOST_FATAL) throw new NoThreadsError(fatal[0]!.reason);
    const message = "No thread survives what is computed with this ciphertext.";
    bad.push(...fatal.map(({ item: { contentHash } }) => ({ contentHash, message })));
    return { answers: answers.flat(), bad };
  }

  #inLanes<T>(
    items: Iterable<T>,
    signal: AbortSignal | undefined,
    work: (item: T) => Promise<void>,
  ): Promise<void> {
    return inLanes(SHARES_PER_THREAD * this.threads, items, work, signal);
  }
}

function keysOf({ publicKey, relinKeys, seed }: RoundWork): MatcherKeys {
  return { publicKey, relinKeys, seed };
}
