import { once } from "node:events";

/** Waits until somebody wants an end, or has wanted it already. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
