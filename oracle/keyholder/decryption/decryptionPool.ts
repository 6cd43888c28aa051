import { Worker } from "node:worker_threads";
import { BaseError } from "../../../sdk/errors.ts";
import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import type { DecryptionKeys, DecryptionTasks, TaskName, TaskNews } from "./decryptionTasks.ts";

/** The thread that decrypts has ended. */
class DecryptionEndedError extends BaseError {
  override name = "DecryptionEndedError";

  constructor(details: string) {
    super("The thread that decrypts has ended.", {
      details,
      metaMessages: ["Ask again: another one is started. Its log says why."],
    });
  }
}

interface Waiting {
  settle: (gives: unknown) => void;
  fail: (error: Error) => void;
}

/** A thread with the tasks that it has. */
class DecryptionThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly opened = new Set<string>();
  hasEnded = false;
  #next = 0;

  constructor() {
    // Its own options: the caller's, such as a loader of tests, are not the thread's.
    this.#worker = new Worker(new URL("./decryptionWorker.ts", import.meta.url), { execArgv: [] });
    this.#worker.on("message", (news: TaskNews) => this.#take(news));
    this.#worker.on("error", (error) => this.#end((error as Error).message));
    this.#worker.on("exit", (code) => this.#end(`exit code ${code}`));
    this.#worker.unref();
  }

  get load(): number {
    return this.#waiting.size;
  }

  run<N extends TaskName>(
    name: N,
    takes: DecryptionTasks[N]["takes"],
  ): Promise<DecryptionTasks[N]["gives"]> {
    if (this.hasEnded) return Promise.reject(new DecryptionEndedError("before the task"));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { settle: resolve as Waiting["settle"], fail: reject });
      // A thread that has something to do keeps the process alive.
      this.#worker.ref();
      this.#worker.postMessage({ id, name, takes });
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    this.#end("it was closed");
  }

  #take(news: TaskNews): void {
    const waiting = this.#waiting.get(news.id);
    this.#waiting.delete(news.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("gives" in news) waiting?.settle(news.gives);
    else waiting?.fail(errorOf(news.failed));
  }

  #end(reason: string): void {
    this.hasEnded = true;
    for (const { fail } of this.#waiting.values()) fail(new DecryptionEndedError(reason));
    this.#waiting.clear();
  }
}

type Failure = Extract<TaskNews, { failed: unknown }>["failed"];

function errorOf({ name, message, remedies, isSender }: Failure): Error {
  if (!isSender) return Object.assign(new Error(message), { name });
  return Object.assign(new CiphertextError(message, { metaMessages: remedies }), { name });
}

/** Decrypts in threads of its own. Each has the keys of the epochs that it was asked about. */
export class DecryptionPool {
  readonly #threads: DecryptionThread[];
  readonly #keysOf: (epoch: string) => Promise<DecryptionKeys>;
  #isClosed = false;

  /** @param keysOf an epoch's keys, asked once for each thread and epoch; throws where there are none */
  constructor(threads: number, keysOf: (epoch: string) => Promise<DecryptionKeys>) {
    this.#threads = Array.from({ length: threads }, () => new DecryptionThread());
    this.#keysOf = keysOf;
  }

  /** Fresh keys of an epoch. */
  make(): Promise<DecryptionTasks["make"]["gives"]> {
    return this.#idlest().run("make", {});
  }

  /**
   * Does one task with an epoch's keys.
   * @throws CiphertextError where the bytes are at fault, DecryptionEndedError, and what `keysOf` throws
   */
  async run<N extends Exclude<TaskName, "make" | "open" | "forget">>(
    name: N,
    takes: DecryptionTasks[N]["takes"],
  ): Promise<DecryptionTasks[N]["gives"]> {
    const thread = this.#idlest();
    const { epoch } = takes;
    if (!thread.opened.has(epoch)) {
      const keys = await this.#keysOf(epoch);
      // Messages are in order: what follows finds it open. Twice at once does no harm.
      thread.opened.add(epoch);
      await thread.run("open", { keys }).catch((error: unknown) => {
        thread.opened.delete(epoch);
        throw error;
      });
    }
    return thread.run(name, takes);
  }

  /** Frees an epoch's keys in all threads. */
  async forget(epoch: string): Promise<void> {
    await Promise.all(
      this.#threads.map(async (thread) => {
        if (thread.opened.delete(epoch)) await thread.run("forget", { epoch });
      }),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #idlest(): DecryptionThread {
    if (!this.#isClosed) {
      for (const [place, thread] of this.#threads.entries()) {
        if (thread.hasEnded) this.#threads[place] = new DecryptionThread();
      }
    }
    return this.#threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
  }
}
