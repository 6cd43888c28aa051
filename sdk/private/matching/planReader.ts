import type { Ciphertext, Decryptor, Plaintext } from "node-seal";
import { loadCiphertext } from "./ciphertextBytes.ts";
import type { FeatureCode } from "./featureSchema.ts";
import { openDecryptor } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import type { SealScope } from "./sealScope.ts";
import { SlotLayout } from "./slotLayout.ts";

/**
 * The key holder's checked opening of a plan that was matched. It reads a participant's own ciphertext, so it is for
 * nothing else, and only for one that `UploadJudge` found sound: of others it would read noise.
 */
export class PlanReader {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #layout: SlotLayout;
  readonly #decryptor: Decryptor;
  readonly #plan: Ciphertext;
  readonly #plain: Plaintext;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, code: FeatureCode, secretKey: Uint8Array) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#layout = new SlotLayout(code, scheme.slots);
    this.#decryptor = openDecryptor(scheme, secretKey, scope);
    this.#plan = scope.newCiphertext();
    this.#plain = scope.newPlaintext();
  }

  /**
   * The number of each block: of an honest plan what `encodeBid` or `encodeOffer` gave. A block whose slots do not all
   * hold one number has NaN, which equals none.
   * @throws CiphertextError where the bytes are no plan's ciphertext
   */
  numbers(bytes: Uint8Array): number[] {
    const { encoder, freshLevel } = this.#scheme;
    loadCiphertext(this.#scheme, freshLevel, "plan's ciphertext", bytes, this.#plan);
    this.#decryptor.decrypt(this.#plan, this.#plain);
    // Signed: what is above half of the modulus is negative.
    const slots = encoder.decodeBigInt64(this.#plain) as BigInt64Array;
    const { blocks, packSize } = this.#layout;
    return Array.from({ length: blocks }, (_, block) => {
      const start = this.#layout.slotOf(block, 0);
      const [first] = slots.subarray(start, start + 1);
      const isEven = slots.subarray(start, start + packSize).every((number) => number === first);
      return isEven ? Number(first) : Number.NaN;
    });
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
