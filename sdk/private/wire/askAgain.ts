import { ServiceRefusedError, ServiceUnreachableError } from "./serviceError.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Asks a service again while it is away or busy, as late as it says itself where it does.
 * @param patienceMs for how long at most
 * @throws what the last try failed with
 */
export async function askAgain<T>(ask: () => Promise<T>, patienceMs: number): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      const waitMs = waitOf(error, pauseMs);
      if (waitMs === undefined || performance.now() + waitMs > untilMs) throw error;
      await new Promise<void>((resolve) => void setTimeout(resolve, waitMs));
    }
  }
}

/** How long to wait before the same is asked again; undefined where that would not help. */
function waitOf(error: unknown, pauseMs: number): number | undefined {
  if (error instanceof ServiceUnreachableError) return pauseMs;
  if (!(error instanceof ServiceRefusedError) || !error.isTemporary) return undefined;
  return Math.max(pauseMs, (error.answer.retryAfterS ?? 0) * 1000);
}
