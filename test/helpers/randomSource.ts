/** Reproducible random numbers (xorshift32): a failing test names its seed. */
export class RandomSource {
  #state: number;

  /** @param seed any integer but 0 */
  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) | 1;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return min + ((this.#state >>> 0) % (max - min + 1));
  }

  /** True in about `percent` of 100 calls. */
  chance(percent: number): boolean {
    return this.integer(1, 100) <= percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }
}
