import type { RunTime, TaskClock } from "../../sdk/clock.ts";

interface Waiter {
  timeS: number;
  wake: () => void;
  fail: (error: Error) => void;
}

/**
 * Simulated time: it stands still while any task works and leaps to the next time that a task waits for when all
 * wait. However slow the machine, nothing is late.
 */
export class SimulatedTime implements RunTime {
  #nowS: number;
  #tasks = 0;
  readonly #waiters = new Set<Waiter>();
  readonly #onLeap: (timeS: number) => Promise<void>;
  #leaping = false;

  /** @param onLeap tells the chain the new time, before the tasks that waited for it go on */
  constructor(startS: number, onLeap: (timeS: number) => Promise<void>) {
    this.#nowS = startS;
    this.#onLeap = onLeap;
  }

  nowS(): number {
    return this.#nowS;
  }

  join(): TaskClock {
    ++this.#tasks;
    let left = false;
    return {
      nowS: () => this.#nowS,
      until: (timeS, signal) => this.#until(timeS, signal),
      leave: () => {
        if (left) return;
        left = true;
        --this.#tasks;
        this.#leapWhenIdle();
      },
    };
  }

  #until(timeS: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const abort = () => {
        this.#waiters.delete(waiter);
        reject(signal!.reason as Error);
      };
      const waiter = {
        timeS,
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
        fail: (error: Error) => {
          signal?.removeEventListener("abort", abort);
          reject(error);
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
      this.#leapWhenIdle();
    });
  }

  #leapWhenIdle(): void {
    if (this.#leaping || this.#waiters.size === 0 || this.#waiters.size < this.#tasks) return;
    this.#leaping = true;
    // Time that cannot go on, as where the chain is closed, is an error of everybody who waits for it.
    this.#leap().catch((error: unknown) => {
      for (const waiter of [...this.#waiters]) {
        this.#waiters.delete(waiter);
        waiter.fail(error as Error);
      }
    });
  }

  async #leap(): Promise<void> {
    const next = Math.min(...[...this.#waiters].map(({ timeS }) => timeS));
    try {
      if (!Number.isFinite(next)) return;
      if (next > this.#nowS) {
        this.#nowS = next;
        await this.#onLeap(next);
      }
      for (const waiter of [...this.#waiters]) {
        if (waiter.timeS > this.#nowS || !this.#waiters.delete(waiter)) continue;
        waiter.wake();
      }
    } finally {
      this.#leaping = false;
    }
    // Whoever this was for may have left meanwhile, so that nobody was woken.
    this.#leapWhenIdle();
  }
}
