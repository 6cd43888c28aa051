import type { Ciphertext, Decryptor, Plaintext } from "node-seal";
import { loadCiphertext } from "./ciphertextBytes.ts";
import { openDecryptor } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import type { SealScope } from "./sealScope.ts";
import { SlotNumbers } from "./slotNumbers.ts";

/** Opens what `ResultSealer` made. For the key holder's own use: no number leaves it. */
export class ResultReader {
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
   * The numbers of a result's slots.
   * @param what the bytes are, for the message
   * @throws CiphertextError where they are no result, so also for a participant's own ciphertext
   */
  read(what: string, bytes: Uint8Array): SlotNumbers {
    const { encoder, resultLevel } = this.#scheme;
    loadCiphertext(this.#scheme, resultLevel, what, bytes, this.#result);
    this.#decryptor.decrypt(this.#result, this.#plain);
    return new SlotNumbers(encoder.decodeBigUint64(this.#plain) as BigUint64Array);
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
