import { Worker, type Job } from "bullmq";
import type { Redis } from "ioredis";
import type { Log } from "../../../operations/log.ts";
import type { OpenRound } from "../computeTasks.ts";
import type { BlobSource } from "../distanceEngine.ts";
import { ThreadEngine, type ThreadEngineOptions } from "../threadEngine.ts";
import { BATCH_TRIES, LOCK_MS, QUEUE_PREFIX, readBatchJob, type BatchJob } from "./batchJob.ts";
import { MatcherClient } from "./matcherClient.ts";
import { openRedis } from "./redisConnection.ts";
import type { BatchBid, BatchResult } from "./workerWire.ts";

export interface MatcherWorkerOptions extends ThreadEngineOptions {
  redisUrl: string;
  /** The matcher's worker port. */
  matcherUrl: string;
  token: string;
  log: Log;
}

/** A batch is fetched while the threads compute others. */
const AHEAD = 1;

/** Does batches of one matcher on the threads of this process. */
export class MatcherWorker {
  readonly #engine: ThreadEngine;
  readonly #client: MatcherClient;
  readonly #redis: Redis;
  readonly #worker: Worker<BatchJob>;
  readonly #log: Log;
  /** The last round's keys and packs: batches of one round follow one another. */
  #round: { id: string; open: Promise<OpenRound | undefined> } | undefined;

  /** @throws WorkerRefusedError, MatcherAwayError, RedisError */
  static async start(options: MatcherWorkerOptions): Promise<MatcherWorker> {
    const client = new MatcherClient(options.matcherUrl, options.token);
    const queue = await client.queueName();
    const lost = (error: Error) => options.log.warn("Redis cannot be reached.", { error });
    const redis = await openRedis(options.redisUrl, lost);
    return new MatcherWorker(options, { client, queue, redis });
  }

  private constructor(
    options: MatcherWorkerOptions,
    { client, queue, redis }: { client: MatcherClient; queue: string; redis: Redis },
  ) {
    this.#engine = new ThreadEngine(options);
    this.#client = client;
    this.#redis = redis;
    this.#log = options.log;
    this.#worker = new Worker<BatchJob>(queue, (job) => this.#do(job), {
      connection: redis,
      prefix: QUEUE_PREFIX,
      concurrency: this.#engine.threads + AHEAD,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS / 2,
      maxStalledCount: BATCH_TRIES,
    });
    this.#worker.on("error", (error) => this.#log.warn("The queue of batches fails.", { error }));
    this.#worker.on("failed", (job, error) =>
      this.#log.warn("A batch failed; it is tried again.", { batch: job?.data.batch, error }),
    );
  }

  get threads(): number {
    return this.#engine.threads;
  }

  /** Ends the batches that it has begun, and takes no others. */
  async stop(): Promise<void> {
    await this.#worker.close();
    this.#redis.disconnect();
    this.#client.close();
    await this.#engine.close();
  }

  async #do({ data }: Job<BatchJob>): Promise<void> {
    const { round, batch } = readBatchJob(data, "job");
    const open = await this.#open(round);
    const bids = open === undefined ? undefined : await this.#client.batch(round, batch);
    // Not computed any more, or done by another worker.
    if (open === undefined || bids === undefined || bids.length === 0) return;
    await this.#client.bring(round, batch, await this.#mask(open, bids));
  }

  async #mask(open: OpenRound, bids: readonly BatchBid[]): Promise<BatchResult> {
    const { masked, bad } = await this.#engine.maskBids(open, bids, sourceOf(bids));
    const maskedOf = new Map(masked.map((one) => [one.contentHash, one.masked]));
    const messageOf = new Map(bad.map((one) => [one.contentHash, one.message]));
    return {
      masked: bids.flatMap(({ position, contentHash }) => {
        const one = maskedOf.get(contentHash);
        return one === undefined ? [] : [{ position, masked: one }];
      }),
      bad: bids.flatMap(({ position, contentHash }) => {
        const message = messageOf.get(contentHash);
        return message === undefined ? [] : [{ position, message }];
      }),
    };
  }

  #open(id: string): Promise<OpenRound | undefined> {
    if (this.#round?.id !== id) {
      const open = this.#client.round(id);
      this.#round = { id, open };
      // Fetched again for the next batch.
      open.catch(() => {
        if (this.#round?.open === open) this.#round = undefined;
      });
    }
    return this.#round.open;
  }
}

/** The ciphertexts of a batch. They are there once: where a thread dies of one, the whole batch is fetched again. */
function sourceOf(bids: readonly BatchBid[]): BlobSource {
  const bytesOf = new Map(bids.map(({ contentHash, bytes }) => [contentHash, bytes]));
  return {
    async read(contentHash) {
      const bytes = bytesOf.get(contentHash)!;
      if (bytes.length === 0) throw new Error("A thread has died of this batch.");
      return bytes;
    },
  };
}
