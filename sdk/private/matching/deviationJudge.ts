import { SLOTS_PER_DELIVERY } from "./deviationMasker.ts";
import type { HeScheme } from "./heScheme.ts";
import { ResultReader } from "./resultReader.ts";

/** Whether a delivery kept to what was agreed, within the tolerance σ or beyond it. */
export type Verdict = "within" | "beyond";

/** The key holder's part: it opens masked margins and says on which side of the tolerance a delivery is. */
export class DeviationJudge {
  readonly #reader: ResultReader;
  /** Margins above half of the modulus are negative. */
  readonly #half: bigint;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, secretKey: Uint8Array) {
    this.#reader = new ResultReader(scheme, secretKey);
    this.#half = scheme.parameters.plainModulus / 2n;
  }

  /**
   * @param deliveries how many were masked together
   * @throws CiphertextError where the bytes are no masked margins
   */
  verdicts(masked: Uint8Array, deliveries: number): Verdict[] {
    const { slots } = this.#reader.read("masked margins", masked);
    return Array.from({ length: deliveries }, (_, i) => {
      const slot = SLOTS_PER_DELIVERY * i;
      return slots[slot]! <= this.#half && slots[slot + 1]! <= this.#half ? "within" : "beyond";
    });
  }

  /** Frees what it holds. */
  close(): void {
    this.#reader.close();
  }
}
