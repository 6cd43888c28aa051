/** Of three epochs; an epoch's keys have 2.7 MB. */
const MOST_HELD = 9;

/** Keys that were asked for lately: each is in memory once, however many are being sent it. */
export class HeldKeys {
  readonly #held = new Map<string, Promise<Uint8Array>>();

  /** @param hash of its content @param read where it is not here. @throws what that throws */
  get(hash: string, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const key = this.#held.get(hash) ?? read();
    // Who was asked for last is the last one of the map.
    this.#held.delete(hash);
    this.#held.set(hash, key);
    key.catch(() => this.#forget(hash, key));
    const [oldest] = this.#held.keys();
    if (this.#held.size > MOST_HELD) this.#held.delete(oldest!);
    return key;
  }

  #forget(hash: string, key: Promise<Uint8Array>): void {
    if (this.#held.get(hash) === key) this.#held.delete(hash);
  }
}
