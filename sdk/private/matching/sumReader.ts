import type { HeScheme } from "./heScheme.ts";
import { ResultReader } from "./resultReader.ts";
import type { SlotLayout } from "./slotLayout.ts";

/** Opens what `sumShares` was added to. For the key holder's own use: no number leaves it. */
export class SumReader {
  readonly #layout: SlotLayout;
  readonly #modulus: number;
  readonly #reader: ResultReader;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, layout: SlotLayout, secretKey: Uint8Array) {
    this.#layout = layout;
    this.#modulus = Number(scheme.parameters.plainModulus);
    this.#reader = new ResultReader(scheme, secretKey);
  }

  /**
   * The sums of a pack's first positions.
   * @param what the bytes are, for the message
   * @throws CiphertextError where they are no result, so also for a participant's own ciphertext
   */
  read(what: string, bytes: Uint8Array, taken: number): Float64Array {
    const numbers = this.#reader.read(what, bytes);
    const sums = new Float64Array(taken);
    for (let block = 0; block < this.#layout.summedBlocks; block++) {
      for (let position = 0; position < taken; position++) {
        const sum = sums[position]! + numbers.get(this.#layout.slotOf(block, position));
        sums[position] = sum < this.#modulus ? sum : sum - this.#modulus;
      }
    }
    return sums;
  }

  /** Frees what it holds. */
  close(): void {
    this.#reader.close();
  }
}
