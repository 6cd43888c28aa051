/** Puts what many callers bring at about the same time into one write. */
export class GroupCommit<T> {
  readonly #write: (items: readonly T[]) => void;
  #waiting: T[] = [];
  #next: Promise<void> | undefined;

  /** @param write keeps all items or throws */
  constructor(write: (items: readonly T[]) => void) {
    this.#write = write;
  }

  /** Resolves when the items are kept; rejects with what the write threw. */
  add(items: readonly T[]): Promise<void> {
    this.#waiting.push(...items);
    // A turn of the event loop gathers the replies that have arrived by now.
    this.#next ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#next = undefined;
      const batch = this.#waiting;
      this.#waiting = [];
      this.#write(batch);
    });
    return this.#next;
  }
}
