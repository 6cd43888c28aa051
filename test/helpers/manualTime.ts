import type { RunTime, TaskClock } from "../../sdk/clock.ts";

/** Time that passes only when a test says so, also while somebody works. */
export class ManualTime implements RunTime {
  #nowS: number;
  readonly #waiters = new Set<{ timeS: number; wake: () => void }>();

  constructor(startS: number) {
    this.#nowS = startS;
  }

  nowS(): number {
    return this.#nowS;
  }

  /** Work takes its time, or somebody sets the clock. */
  set(timeS: number): void {
    this.#nowS = timeS;
  }

  join(): TaskClock {
    return {
      nowS: () => this.#nowS,
      until: (timeS, signal) =>
        new Promise((resolve, reject) => {
          signal?.throwIfAborted();
          if (timeS <= this.#nowS) {
            setImmediate(resolve);
            return;
          }
          const waiter = { timeS, wake: resolve };
          const abort = () => {
            this.#waiters.delete(waiter);
            reject(signal!.reason as Error);
          };
          waiter.wake = () => {
            signal?.removeEventListener("abort", abort);
            resolve();
          };
          signal?.addEventListener("abort", abort, { once: true });
          this.#waiters.add(waiter);
        }),
      leave: () => undefined,
    };
  }

  /** When somebody wakes next. */
  get nextS(): number {
    return Math.min(...[...this.#waiters].map(({ timeS }) => timeS));
  }

  /** Lets time pass, from one time that is waited for to the next. */
  async passTo(timeS: number): Promise<void> {
    await this.settle();
    while (this.nextS <= timeS) {
      this.#nowS = Math.max(this.#nowS, this.nextS);
      for (const waiter of [...this.#waiters]) {
        if (waiter.timeS > this.#nowS) continue;
        this.#waiters.delete(waiter);
        waiter.wake();
      }
      await this.settle();
    }
    this.#nowS = Math.max(this.#nowS, timeS);
  }

  /** Lets what is to be done be done. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; ++turn) await new Promise((resolve) => setImmediate(resolve));
  }
}
