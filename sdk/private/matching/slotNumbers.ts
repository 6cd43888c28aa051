const WORD = 2 ** 32;

/** The numbers of slots as what a program can reckon with: no bigint until SEAL's encoder takes them. */
export class SlotNumbers {
  readonly slots: BigUint64Array;
  readonly #halves: Uint32Array;

  constructor(slots: BigUint64Array) {
    this.slots = slots;
    this.#halves = new Uint32Array(slots.buffer, slots.byteOffset, 2 * slots.length);
  }

  /** Below 2^53. */
  get(slot: number): number {
    return this.#halves[2 * slot]! + this.#halves[2 * slot + 1]! * WORD;
  }

  /** @param value a whole number below 2^53 */
  set(slot: number, value: number): void {
    this.#halves[2 * slot] = value;
    this.#halves[2 * slot + 1] = value / WORD;
  }
}
