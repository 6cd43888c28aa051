/** Keys beyond this many push out the oldest: each device has a few. */
const MOST_KEYS = 10_000;

interface Repeat {
  saidAtMs: number;
  unsaid: number;
}

/** Decides which of many equal messages are said: the first, and then one every so often with the count. */
export class Repeats {
  readonly #everyMs: number;
  readonly #known = new Map<string, Repeat>();

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** @returns how many were left out before this one, or undefined where this one is left out too */
  take(key: string, nowMs: number): number | undefined {
    const known = this.#known.get(key);
    // A clock that was set back is no reason to be silent for longer.
    if (known !== undefined && Math.abs(nowMs - known.saidAtMs) < this.#everyMs) {
      known.unsaid++;
      return undefined;
    }
    this.#forgetOld(nowMs);
    this.#known.delete(key);
    this.#known.set(key, { saidAtMs: nowMs, unsaid: 0 });
    if (this.#known.size > MOST_KEYS) this.#known.delete(this.#known.keys().next().value!);
    return known?.unsaid ?? 0;
  }

  /** What was said once, long ago, is no repeat any more: messages with a period in them come up every period. */
  #forgetOld(nowMs: number): void {
    // In the order in which they were said.
    for (const [key, { saidAtMs, unsaid }] of this.#known) {
      if (Math.abs(nowMs - saidAtMs) < this.#everyMs) return;
      if (unsaid === 0) this.#known.delete(key);
    }
  }

  /**
   * Ends a row of repeats; the next of them is said at once.
   * @returns how many were left out
   */
  end(key: string): number {
    const unsaid = this.#known.get(key)?.unsaid ?? 0;
    this.#known.delete(key);
    return unsaid;
  }
}
