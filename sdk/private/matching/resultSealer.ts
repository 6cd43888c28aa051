import type { Ciphertext, Encryptor, Plaintext } from "node-seal";
import { addSummands, canAddSummands } from "./addSummands.ts";
import { saveCiphertext } from "./ciphertextBytes.ts";
import { floodNoise } from "./floodNoise.ts";
import { openEncryptor } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import type { SealScope } from "./sealScope.ts";

/**
 * Makes of a computed ciphertext one that tells the key holder its numbers and nothing of how they came about: a
 * fresh encryption of 0 is added, the modulus is cut to the result's, and summands and noise are added. What the key
 * holder gets could have been made by anybody who knows the masked numbers alone.
 */
export class ResultSealer {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #encryptor: Encryptor;
  readonly #plain: Plaintext;
  readonly #fresh: Ciphertext;
  readonly #result: Ciphertext;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, publicKey: Uint8Array) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#encryptor = openEncryptor(scheme, publicKey, scope);
    this.#plain = scope.newPlaintext();
    this.#fresh = scope.newCiphertext();
    this.#result = scope.newCiphertext();
  }

  /**
   * @param computed of two polynomials, at the middle level; it is used up
   * @param summands added to its slots
   */
  seal(computed: Ciphertext, summands: BigUint64Array): Uint8Array {
    const { encoder, evaluator, middleLevel, resultLevel } = this.#scheme;
    const { resultPrimes, floodBits } = this.#scheme.parameters;
    encoder.encode(summands, this.#plain);
    this.#encryptor.encryptZero(this.#fresh);
    evaluator.cipherModSwitchToInplace(this.#fresh, middleLevel);
    evaluator.addInplace(computed, this.#fresh);
    evaluator.cipherModSwitchTo(computed, resultLevel, this.#result);
    const isSmall = canAddSummands(this.#scheme);
    if (!isSmall) evaluator.addPlainInplace(this.#result, this.#plain);
    const bytes = saveCiphertext(this.#scheme, this.#result);
    if (isSmall) addSummands(this.#scheme, bytes, this.#plain);
    floodNoise(this.#scheme, bytes, { primes: resultPrimes, bits: floodBits });
    return bytes;
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
