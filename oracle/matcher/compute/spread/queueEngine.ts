import { setTimeout as pause } from "node:timers/promises";
import { HeScheme } from "../../../../sdk/private/matching/heScheme.ts";
import { MATCHING_PARAMETERS } from "../../../../sdk/private/matching/parameters.ts";
import type { Log } from "../../../operations/log.ts";
import { EngineClosedError } from "../computeErrors.ts";
import type {
  BadCiphertext,
  BlobSource,
  DistanceEngine,
  RoundTaker,
  RoundWork,
} from "../distanceEngine.ts";
import { ThreadEngine, type ThreadEngineOptions } from "../threadEngine.ts";
import { BatchQueue } from "./batchQueue.ts";
import { SpreadRound } from "./spreadRound.ts";
import { WorkerPort, type WorkerPortOptions } from "./workerPort.ts";
import { queueNameOf } from "./workerToken.ts";

export interface QueueEngineOptions extends ThreadEngineOptions {
  redisUrl: string;
  workers: WorkerPortOptions;
  /** How long no worker is heard of until the matcher computes itself what is left; 15,000 unless given. */
  patienceMs?: number;
}

const PATIENCE_MS = 15_000;
const LOOK_MS = 250;

/**
 * Spreads the bids of a round over workers on other machines. The queue in Redis holds names of batches only: workers
 * fetch from the matcher's worker port what they compute with, and bring the results there. A batch whose worker dies
 * goes to another one, and where no worker is heard of, the matcher's own threads do what is left.
 */
export class QueueEngine implements DistanceEngine {
  /** Where workers find this matcher. */
  readonly url: string;
  readonly #local: ThreadEngine;
  readonly #scheme: HeScheme;
  readonly #port: WorkerPort;
  readonly #queue: BatchQueue;
  readonly #log: Log;
  readonly #patienceMs: number;
  readonly #closing = new AbortController();

  /** @throws RedisError, HttpServerError */
  static async start(options: QueueEngineOptions): Promise<QueueEngine> {
    const { redisUrl, workers } = options;
    const queue = await BatchQueue.open(redisUrl, queueNameOf(workers.token), workers.log);
    const port = new WorkerPort(workers);
    try {
      const url = await port.start();
      workers.log.info("Workers fetch their batches here.", { url });
      const scheme = await HeScheme.create(MATCHING_PARAMETERS);
      return new QueueEngine(options, { queue, port, scheme, url });
    } catch (error) {
      await port.stop();
      await queue.close();
      throw error;
    }
  }

  private constructor(
    options: QueueEngineOptions,
    parts: { queue: BatchQueue; port: WorkerPort; scheme: HeScheme; url: string },
  ) {
    this.#local = new ThreadEngine(options);
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#log = options.workers.log;
    this.#queue = parts.queue;
    this.#port = parts.port;
    this.#scheme = parts.scheme;
    this.url = parts.url;
  }

  /** Ends when the matcher's own threads are ready. */
  warmUp(): Promise<void> {
    return this.#local.warmUp();
  }

  /** Packs a round's offers, before it is run. @throws BadOffersError */
  packs(work: RoundWork, signal?: AbortSignal): Promise<Uint8Array[]> {
    return this.#local.packs(work, signal);
  }

  check(
    blobs: BlobSource,
    contentHashes: readonly string[],
    signal?: AbortSignal,
  ): Promise<BadCiphertext[]> {
    return this.#local.check(blobs, contentHashes, signal);
  }

  squares(work: RoundWork, signal?: AbortSignal): Promise<Uint8Array[]> {
    return this.#local.squares(work, signal);
  }

  async run(work: RoundWork, taker: RoundTaker, signal?: AbortSignal): Promise<void> {
    const open = await this.#local.open(work, signal);
    const parts = { local: this.#local, scheme: this.#scheme };
    const round = new SpreadRound(open, work, taker, parts);
    this.#port.add(round);
    try {
      this.#queue.add(round);
      await this.#untilEnded(round, signal);
    } finally {
      this.#port.remove(round);
      await round.close();
      this.#queue.clear();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new EngineClosedError());
    await this.#port.stop();
    await this.#queue.close();
    await this.#local.close();
    this.#scheme.close();
  }

  async #untilEnded(round: SpreadRound, signal?: AbortSignal): Promise<void> {
    const over = new AbortController();
    const signals = [over.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    try {
      await Promise.race([round.ended, this.#watch(round, AbortSignal.any(signals))]);
    } finally {
      over.abort();
    }
  }

  /** Does what is left where no worker does. It ends with what the signal says. */
  async #watch(round: SpreadRound, signal: AbortSignal): Promise<never> {
    for (;;) {
      signal.throwIfAborted();
      const idleMs = performance.now() - Math.max(round.startedMs, this.#port.lastWorkerMs);
      if (idleMs < this.#patienceMs) {
        await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
        continue;
      }
      this.#log.warn("No worker is heard of: the matcher computes what is left itself.", {
        batches: round.batchesLeft().length,
      });
      const batches = round.batchesLeft().slice(0, this.#local.threads);
      await Promise.all(batches.map((batch) => round.doLocally(batch)));
      if (batches.length === 0) await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
