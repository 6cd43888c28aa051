import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { Log } from "../../../operations/log.ts";
import { BATCH_TRIES, QUEUE_PREFIX, type BatchJob } from "./batchJob.ts";
import { openRedis } from "./redisConnection.ts";
import type { SpreadRound } from "./spreadRound.ts";

const RETRY_MS = 500;
/** Jobs that nobody takes any more are not worth waiting for. */
const CLOSE_MS = 2_000;

/** The matcher's end of the queue. Nothing waits for Redis: what it loses, the matcher does itself. */
export class BatchQueue {
  readonly #queue: Queue<BatchJob>;
  readonly #redis: Redis;
  readonly #log: Log;

  /** @throws RedisError */
  static async open(redisUrl: string, name: string, log: Log): Promise<BatchQueue> {
    const lost = (error: Error) => log.warn("Redis cannot be reached.", { error });
    const redis = await openRedis(redisUrl, lost);
    const queue = new BatchQueue(redis, name, log);
    // What a matcher before this one left: its rounds are gone.
    queue.clear();
    return queue;
  }

  private constructor(redis: Redis, name: string, log: Log) {
    this.#redis = redis;
    this.#log = log;
    this.#queue = new Queue<BatchJob>(name, { connection: redis, prefix: QUEUE_PREFIX });
    this.#queue.on("error", (error) => this.#warn(error));
  }

  add({ open, batches }: SpreadRound): void {
    const jobs = batches.map((_, batch) => ({
      name: "batch",
      data: { round: open.id, batch },
      opts: {
        jobId: `${open.id}-${batch}`,
        attempts: BATCH_TRIES,
        backoff: { type: "fixed", delay: RETRY_MS },
        removeOnComplete: true,
        removeOnFail: true,
      },
    }));
    this.#queue.addBulk(jobs).catch(this.#warn);
  }

  /** Takes back what no worker has begun. */
  clear(): void {
    this.#queue.drain(true).catch(this.#warn);
  }

  async close(): Promise<void> {
    const timer = setTimeout(() => this.#redis.disconnect(), CLOSE_MS);
    await this.#queue.close().catch(this.#warn);
    clearTimeout(timer);
    this.#redis.disconnect();
  }

  readonly #warn = (error: Error): void => {
    this.#log.warn("The queue of batches fails.", { error });
  };
}
