import type { FreshAnswer, KeyHolderClient } from "../keyHolder/keyHolderClient.ts";

/** Ranks that are written together: each write waits for the disk several times. */
const MOST_TOGETHER = 32;

/** Keeps answers in groups. What a crash takes with it is asked again, and answered the same. */
export class RankKeeper {
  readonly #keyHolder: KeyHolderClient;
  #waiting: NonNullable<FreshAnswer<unknown>["kept"]>[] = [];

  constructor(keyHolder: KeyHolderClient) {
    this.#keyHolder = keyHolder;
  }

  /** @throws KeyHolderFaultError */
  add({ kept }: FreshAnswer<unknown>): void {
    if (kept === undefined) return;
    this.#waiting.push(kept);
    if (this.#waiting.length >= MOST_TOGETHER) this.flush();
  }

  /** Writes what is left. @throws KeyHolderFaultError */
  flush(): void {
    const together = this.#waiting;
    this.#waiting = [];
    if (together.length > 0) this.#keyHolder.keep(together);
  }
}
