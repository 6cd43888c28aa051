/** Ctrl-C, a service manager, and a terminal that was closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** What shells report for a program that Ctrl-C has ended. */
export const EXIT_INTERRUPTED = 130;

/** The user wants an end. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
}

/**
 * Runs work that ends early on Ctrl-C. A second Ctrl-C ends the process at once.
 * @param work gets a signal, which aborts with an {@link InterruptedError}
 * @returns what the work gives, or undefined where it was interrupted
 */
export async function untilInterrupted<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ interrupted: boolean; result: T | undefined }> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort(new InterruptedError("interrupted"));
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return { interrupted: false, result: await work(controller.signal) };
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    return { interrupted: true, result: undefined };
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
