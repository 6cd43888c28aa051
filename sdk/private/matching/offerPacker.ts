import type { Ciphertext, Plaintext } from "node-seal";
import { loadCiphertext, saveCiphertext } from "./ciphertextBytes.ts";
import type { FeatureCode } from "./featureSchema.ts";
import type { HeScheme } from "./heScheme.ts";
import { MalformedCiphertextError } from "./matchingError.ts";
import type { SealScope } from "./sealScope.ts";
import { SlotLayout } from "./slotLayout.ts";

/**
 * Puts many offers into one ciphertext, each at its position in every block. An offer's ciphertext is multiplied by a
 * plaintext that is 1 in its own slots and 0 in all others: whatever it holds there, another offer's are not touched.
 */
export class OfferPacker {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #layout: SlotLayout;
  readonly #offer: Ciphertext;
  readonly #masked: Ciphertext;
  readonly #sum: Ciphertext;
  readonly #mask: Plaintext;
  readonly #maskNtt: Plaintext;
  readonly #valueAt: (position: number, block: number) => number;
  #isEmpty = true;

  /** @param valueAt what the offer's number in a block is multiplied by, if not by 1 */
  constructor(
    scheme: HeScheme,
    code: FeatureCode,
    valueAt: (position: number, block: number) => number = () => 1,
  ) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#valueAt = valueAt;
    this.#layout = new SlotLayout(code, scheme.slots);
    this.#offer = scope.newCiphertext();
    this.#masked = scope.newCiphertext();
    this.#sum = scope.newCiphertext();
    this.#mask = scope.newPlaintext();
    this.#maskNtt = scope.newPlaintext();
  }

  /**
   * @param position in the pack, for no other offer
   * @throws CiphertextError where the bytes are no offer's ciphertext; the pack is then as it was
   */
  add(position: number, bytes: Uint8Array): void {
    if (!Number.isInteger(position) || position < 0 || position >= this.#layout.packSize) {
      throw new RangeError(`Position ${position} is not below ${this.#layout.packSize}.`);
    }
    const { evaluator, encoder, freshLevel, slots } = this.#scheme;
    loadCiphertext(this.#scheme, freshLevel, "offer's ciphertext", bytes, this.#offer);
    const values = new BigUint64Array(slots);
    for (let block = 0; block < this.#layout.blocks; block++) {
      values[this.#layout.slotOf(block, position)] = BigInt(this.#valueAt(position, block));
    }
    encoder.encode(values, this.#mask);
    evaluator.plainTransformToNtt(this.#mask, freshLevel, this.#maskNtt);
    evaluator.cipherTransformToNttInplace(this.#offer);
    try {
      evaluator.multiplyPlain(this.#offer, this.#maskNtt, this.#masked);
    } catch {
      throw new MalformedCiphertextError("offer's ciphertext", "is not encrypted in its own slots");
    }
    this.#addUp();
  }

  /** Adds what another packer has made of other positions of the same pack. @throws CiphertextError */
  addPart(bytes: Uint8Array): void {
    const { evaluator, freshLevel } = this.#scheme;
    loadCiphertext(this.#scheme, freshLevel, "part of a pack", bytes, this.#masked);
    evaluator.cipherTransformToNttInplace(this.#masked);
    this.#addUp();
  }

  /** The pack of all that was added, and begins the next one. */
  finish(): Uint8Array {
    if (this.#isEmpty) throw new Error("A pack has no offer.");
    this.#scheme.evaluator.cipherTransformFromNttInplace(this.#sum);
    this.#isEmpty = true;
    return saveCiphertext(this.#scheme, this.#sum);
  }

  #addUp(): void {
    if (this.#isEmpty) this.#sum.assign(this.#masked);
    else this.#scheme.evaluator.addInplace(this.#sum, this.#masked);
    this.#isEmpty = false;
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
