import type { Ciphertext, Decryptor, Plaintext } from "node-seal";
import { loadCiphertext } from "./ciphertextBytes.ts";
import { SLOTS_PER_DELIVERY } from "./deviationMasker.ts";
import { openDecryptor } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import type { SealScope } from "./sealScope.ts";

/** Whether a delivery kept to what was agreed, within the tolerance σ or beyond it. */
export type Verdict = "within" | "beyond";

/** The key holder's part: it opens masked margins and says on which side of the tolerance a delivery is. */
export class DeviationJudge {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #decryptor: Decryptor;
  readonly #result: Ciphertext;
  readonly #plain: Plaintext;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, secretKey: Uint8Array) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#decryptor = openDecryptor(scheme, secretKey, scope);
    this.#result = scope.newCiphertext();
    this.#plain = scope.newPlaintext();
  }

  /**
   * @param deliveries how many were masked together
   * @throws CiphertextError where the bytes are no masked margins
   */
  verdicts(masked: Uint8Array, deliveries: number): Verdict[] {
    const { encoder, resultLevel } = this.#scheme;
    loadCiphertext(this.#scheme, resultLevel, "masked margins", masked, this.#result);
    this.#decryptor.decrypt(this.#result, this.#plain);
    // Signed: what is above half of the modulus is negative.
    const margins = encoder.decodeBigInt64(this.#plain) as BigInt64Array;
    return Array.from({ length: deliveries }, (_, i) => {
      const slot = SLOTS_PER_DELIVERY * i;
      return margins[slot]! >= 0n && margins[slot + 1]! >= 0n ? "within" : "beyond";
    });
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
