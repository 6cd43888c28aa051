import { Worker } from "node:worker_threads";
import { givenBuffers } from "./givenBuffers.ts";
import { NoThreadsError, RefusedTaskError, ThreadDiedError } from "./computeErrors.ts";
import type {
  Answer,
  Ask,
  ComputeKind,
  ComputeTask,
  OpenRound,
  ThreadReply,
} from "./computeTasks.ts";
import type { Waiting } from "./waiting.ts";

export interface AskOptions {
  /** What the thread needs open for that. */
  round?: OpenRound;
  /** What of the task is given away: its bytes are gone afterwards. */
  given?: unknown;
}

/** A thread of the pool, from outside. It does one thing at a time. */
export class PoolThread {
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #waiting: Waiting<Answer<ComputeKind>> | undefined;
  #openRound: string | undefined;
  #end: string | undefined;

  /** @param file what runs in the thread */
  constructor(file: URL) {
    this.#worker = new Worker(file);
    // Waiting for work, it keeps no process alive.
    this.#worker.unref();
    this.#ready = this.#reply().then(
      () => undefined,
      (error: unknown) => {
        throw new NoThreadsError((error as ThreadDiedError).details ?? "");
      },
    );
    // Whoever asks it something hears of it.
    this.#ready.catch(() => undefined);
    this.#worker.on("message", (reply: ThreadReply) => {
      if ("answer" in reply) this.#take()?.resolve(reply.answer);
      else this.#take()?.reject(new RefusedTaskError(reply.refusal));
    });
    this.#worker.on("error", (error: Error) => this.#die(error.message));
    this.#worker.on("exit", (code) => this.#die(`It ended with code ${code}.`));
  }

  get isDead(): boolean {
    return this.#end !== undefined;
  }

  /** @throws NoThreadsError where it never began; ThreadDiedError, RefusedTaskError */
  async ask<K extends ComputeKind>(
    kind: K,
    ask: Ask<K>,
    { round, given }: AskOptions = {},
  ): Promise<Answer<K>> {
    this.#worker.ref();
    try {
      await this.#ready;
      if (round !== undefined && this.#openRound !== round.id) {
        this.#openRound = undefined;
        await this.#send("open", round);
        this.#openRound = round.id;
      }
      return await this.#send(kind, ask, given);
    } finally {
      this.#worker.unref();
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #send<K extends ComputeKind>(kind: K, ask: Ask<K>, given?: unknown): Promise<Answer<K>> {
    if (this.#end !== undefined) return Promise.reject(new ThreadDiedError(this.#end));
    const reply = this.#reply();
    const task: ComputeTask<K> = { kind, ask };
    this.#worker.postMessage(task, givenBuffers(given));
    return reply;
  }

  #reply(): Promise<Answer<ComputeKind>> {
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  #take(): Waiting<Answer<ComputeKind>> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #die(reason: string): void {
    this.#end ??= reason;
    this.#take()?.reject(new ThreadDiedError(this.#end));
  }
}
