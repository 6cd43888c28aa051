import type { FeatureCode } from "./featureSchema.ts";
import type { HeScheme } from "./heScheme.ts";
import { SlotLayout } from "./slotLayout.ts";
import { SumReader } from "./sumReader.ts";

/** The key holder's part of the check that `SquaresMasker` prepares. */
export class SquaresReader {
  readonly #reader: SumReader;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, code: FeatureCode, secretKey: Uint8Array) {
    this.#reader = new SumReader(scheme, new SlotLayout(code, scheme.slots), secretKey);
  }

  /**
   * The positions of a pack whose squares are not those of their numbers.
   * @param taken positions of the pack
   * @throws CiphertextError
   */
  wrongSquares(masked: Uint8Array, taken: number): number[] {
    const sums = this.#reader.read("masked squares", masked, taken);
    return [...sums.keys()].filter((position) => sums[position] !== 0);
  }

  /** Frees what it holds. */
  close(): void {
    this.#reader.close();
  }
}
