import type { RunTime } from "../../sdk/clock.ts";
import type { ClockWatch } from "../judgement/clockWatch.ts";

/** A step of the clock during a wait is noticed within this time. */
const LONGEST_WAIT_MS = 30_000;

/** The time that a watch of the machine's clocks tells. */
export function watchedTime(watch: ClockWatch): RunTime {
  const nowS = () => watch.nowS();
  const until = (timeS: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted();
      let timer: NodeJS.Timeout;
      const abort = () => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const wait = () => {
        const leftMs = (timeS - nowS()) * 1000;
        if (leftMs > 0) {
          timer = setTimeout(wait, Math.min(LONGEST_WAIT_MS, leftMs));
          return;
        }
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      signal?.addEventListener("abort", abort, { once: true });
      wait();
    });
  return { nowS, join: () => ({ nowS, until, leave: () => undefined }) };
}
