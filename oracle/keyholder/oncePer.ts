/**
 * What some work gives, made anew only where the last is older than a time.
 * @param nowMs a clock that never goes back
 */
export function oncePer<T>(
  everyMs: number,
  work: () => T,
  nowMs: () => number = () => performance.now(),
): () => T {
  let last: { result: T; atMs: number } | undefined;
  return () => {
    if (last === undefined || nowMs() - last.atMs >= everyMs) {
      last = { result: work(), atMs: nowMs() };
    }
    return last.result;
  };
}
