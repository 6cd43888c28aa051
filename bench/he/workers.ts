import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { WorkerStart, WorkerTask } from "./worker.ts";

/** Threads that share each step's work. */
export class Workers {
  readonly #threads: readonly Worker[];

  static async start(count: number, start: WorkerStart): Promise<Workers> {
    const threads = Array.from(
      { length: count },
      () => new Worker(new URL("worker.ts", import.meta.url), { workerData: start }),
    );
    await Promise.all(threads.map((thread) => once(thread, "message")));
    return new Workers(threads);
  }

  private constructor(threads: readonly Worker[]) {
    this.#threads = threads;
  }

  /** Has a step done by all threads, each its share. */
  async all(step: WorkerTask["step"]): Promise<unknown[]> {
    const of = this.#threads.length;
    return Promise.all(
      this.#threads.map(async (_, first) => this.#run(first, { step, first, of })),
    );
  }

  /** Has a step done by one thread. */
  async one(step: WorkerTask["step"]): Promise<unknown> {
    return this.#run(0, { step, first: 0, of: this.#threads.length });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  async #run(thread: number, task: WorkerTask): Promise<unknown> {
    const reply = once(this.#threads[thread]!, "message");
    this.#threads[thread]!.postMessage(task);
    return ((await reply) as unknown[])[0];
  }
}
