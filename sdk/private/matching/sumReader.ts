import type { Ciphertext, Decryptor, Plaintext } from "node-seal";
import { loadCiphertext } from "./ciphertextBytes.ts";
import { openDecryptor } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import type { SealScope } from "./sealScope.ts";
import type { SlotLayout } from "./slotLayout.ts";

const WORD = 2 ** 32;

/** Opens what `sumShares` was added to. For the key holder's own use: no number leaves it. */
export class SumReader {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #layout: SlotLayout;
  readonly #modulus: number;
  readonly #decryptor: Decryptor;
  readonly #result: Ciphertext;
  readonly #plain: Plaintext;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, layout: SlotLayout, secretKey: Uint8Array) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#layout = layout;
    this.#modulus = Number(scheme.parameters.plainModulus);
    this.#decryptor = openDecryptor(scheme, secretKey, scope);
    this.#result = scope.newCiphertext();
    this.#plain = scope.newPlaintext();
  }

  /**
   * The sums of a pack's first positions.
   * @param what the bytes are, for the message
   * @throws CiphertextError where they are no result, so also for a participant's own ciphertext
   */
  read(what: string, bytes: Uint8Array, taken: number): Float64Array {
    const { encoder, resultLevel } = this.#scheme;
    loadCiphertext(this.#scheme, resultLevel, what, bytes, this.#result);
    this.#decryptor.decrypt(this.#result, this.#plain);
    const slots = encoder.decodeBigUint64(this.#plain) as BigUint64Array;
    const halves = new Uint32Array(slots.buffer, slots.byteOffset, 2 * slots.length);
    const sums = new Float64Array(taken);
    for (let block = 0; block < this.#layout.blocks; block++) {
      for (let position = 0; position < taken; position++) {
        const slot = this.#layout.slotOf(block, position);
        const value = halves[2 * slot]! + halves[2 * slot + 1]! * WORD;
        sums[position] = (sums[position]! + value) % this.#modulus;
      }
    }
    return sums;
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
