import type { HeScheme } from "./heScheme.ts";
import type { LimitCode } from "./limitCode.ts";
import { ResultReader } from "./resultReader.ts";
import type { SlotLayout } from "./slotLayout.ts";

/** The key holder's part of limits: it opens masked differences and says which are not below 0. */
export class LimitReader {
  readonly #layout: SlotLayout;
  readonly #block: number;
  readonly #half: number;
  readonly #reader: ResultReader;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, layout: SlotLayout, { block }: LimitCode, secretKey: Uint8Array) {
    this.#layout = layout;
    this.#block = block;
    this.#half = Number(scheme.parameters.plainModulus) / 2;
    this.#reader = new ResultReader(scheme, secretKey);
  }

  /**
   * Whether a bid meets the offers at a pack's first positions.
   * @throws CiphertextError where the bytes are no result, so also for a participant's own ciphertext
   */
  read(bytes: Uint8Array, taken: number): boolean[] {
    const numbers = this.#reader.read("masked limits", bytes);
    // What is above half of the modulus is negative.
    return Array.from(
      { length: taken },
      (_, position) => numbers.get(this.#layout.slotOf(this.#block, position)) < this.#half,
    );
  }

  /** Frees what it holds. */
  close(): void {
    this.#reader.close();
  }
}
