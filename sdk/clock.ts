/** What tells a component the time and lets it wait. */
export interface Clock {
  /** Unix seconds, with fractions. */
  nowS(): number;
  /**
   * Resolves at a time, at once where it is past.
   * @param signal ends the wait early; the promise then rejects with the signal's reason
   */
  until(timeS: number, signal?: AbortSignal): Promise<void>;
}

/** A timer for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  nowS: () => Date.now() / 1000,
  until: (timeS, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const finish = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      let timer: NodeJS.Timeout;
      const wait = () => {
        const leftMs = timeS * 1000 - Date.now();
        timer = setTimeout(
          leftMs > LONGEST_TIMER_MS ? wait : finish,
          Math.min(LONGEST_TIMER_MS, Math.max(0, leftMs)),
        );
      };
      wait();
      const abort = () => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

/** A clock of one task; in a simulation the time goes on when every task waits or has left. */
export interface TaskClock extends Clock {
  leave(): void;
}

/** Time for tasks that run side by side: the machine's, or simulated. */
export interface RunTime {
  nowS(): number;
  /** A clock for one task, which waits for one time after the other. */
  join(): TaskClock;
}

/** The machine's time. */
export const machineTime: RunTime = {
  nowS: () => systemClock.nowS(),
  join: () => ({ ...systemClock, leave: () => undefined }),
};
