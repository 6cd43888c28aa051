import { setTimeout as pause } from "node:timers/promises";
import { BaseError } from "../sdk/errors.ts";
import { StoreDamagedError, StoreWriteError } from "./store/errors.ts";
import type { Log } from "./operations/log.ts";

export interface RepeatOptions {
  /** What it does, for the log: `judging uploads`. */
  name: string;
  everyMs: number;
  work: (signal: AbortSignal) => Promise<unknown>;
  signal: AbortSignal;
  log: Log;
}

const MOST_PAUSE_MS = 2_000;

/**
 * Does something again and again until it is to stop. What fails is said once and tried again, more and more seldom;
 * where nothing can be stored for good any more it ends.
 * @throws StoreWriteError, StoreDamagedError
 */
export async function repeat({ name, everyMs, work, signal, log }: RepeatOptions): Promise<void> {
  let failures = 0;
  const isStopping = () => signal.aborted;
  while (!isStopping()) {
    try {
      await work(signal);
      if (failures > 0) log.info("It goes on.", { task: name });
      failures = 0;
      log.endRepeats(name);
    } catch (error) {
      if (isStopping()) return;
      if (error instanceof StoreWriteError || error instanceof StoreDamagedError) throw error;
      failures++;
      const level = error instanceof BaseError ? "warn" : "error";
      log[level]("It is tried again.", { task: name, error }, { repeatKey: name });
    }
    const pauseMs = Math.min(everyMs * 2 ** failures, Math.max(everyMs, MOST_PAUSE_MS));
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
