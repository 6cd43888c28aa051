import { EngineClosedError } from "./computeErrors.ts";
import type { Answer, Ask, ComputeKind } from "./computeTasks.ts";
import { PoolThread, type AskOptions } from "./poolThread.ts";
import type { Waiting } from "./waiting.ts";

const THREAD = new URL("computeThread.ts", import.meta.url);

/** Threads with one SEAL each, started once and kept. One that dies is replaced. */
export class ThreadPool {
  readonly size: number;
  readonly #file: URL;
  readonly #idle: PoolThread[];
  readonly #all: Set<PoolThread>;
  readonly #waiting: Waiting<PoolThread>[] = [];
  #isClosed = false;

  /** @param file what runs in each thread, if not the computation itself */
  constructor(size: number, file: URL = THREAD) {
    this.size = size;
    this.#file = file;
    this.#idle = Array.from({ length: size }, () => new PoolThread(file));
    this.#all = new Set(this.#idle);
  }

  /**
   * Has a thread that is free do something.
   * @throws ThreadDiedError, NoThreadsError, RefusedTaskError, EngineClosedError
   */
  async ask<K extends ComputeKind>(kind: K, ask: Ask<K>, options?: AskOptions): Promise<Answer<K>> {
    const thread = await this.#free();
    try {
      return await thread.ask(kind, ask, options);
    } catch (error) {
      if (this.#isClosed) throw new EngineClosedError();
      throw error;
    } finally {
      this.#giveBack(thread);
    }
  }

  /** Ends the threads, also in the middle of something. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new EngineClosedError());
    await Promise.all(Array.from(this.#all, (thread) => thread.end()));
  }

  #free(): Promise<PoolThread> {
    if (this.#isClosed) return Promise.reject(new EngineClosedError());
    const thread = this.#idle.pop();
    if (thread !== undefined) return Promise.resolve(thread);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #giveBack(thread: PoolThread): void {
    const next = thread.isDead && !this.#isClosed ? this.#replace(thread) : thread;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#idle.push(next);
    else waiting.resolve(next);
  }

  #replace(dead: PoolThread): PoolThread {
    const next = new PoolThread(this.#file);
    this.#all.delete(dead);
    this.#all.add(next);
    return next;
  }
}
