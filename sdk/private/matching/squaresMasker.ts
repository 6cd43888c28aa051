import type { Ciphertext, Plaintext, RelinKeys } from "node-seal";
import { loadCiphertext } from "./ciphertextBytes.ts";
import { digest } from "./digest.ts";
import type { MatcherKeys } from "./distanceMasker.ts";
import type { FeatureCode } from "./featureSchema.ts";
import { loadRelinKeys } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import { Keystream } from "./keystream.ts";
import { OfferPacker } from "./offerPacker.ts";
import { ResultSealer } from "./resultSealer.ts";
import type { SealScope } from "./sealScope.ts";
import { SlotLayout } from "./slotLayout.ts";
import { sumShares } from "./sumShares.ts";

/**
 * Where weights are private, sellers encrypt their numbers' squares beside them, and a seller whose square is too
 * small would be near everybody. This computes of each offer `Σ ρ (z² − claimed)` with random ρ: 0 of an honest one,
 * of any other a random number, but for one in 10^10.
 */
export class SquaresMasker {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #code: FeatureCode;
  readonly #layout: SlotLayout;
  readonly #seed: Uint8Array;
  readonly #relinKeys: RelinKeys;
  readonly #sealer: ResultSealer;
  readonly #pack: Ciphertext;
  readonly #weighted: Ciphertext;
  readonly #product: Ciphertext;
  readonly #plain: Plaintext;

  /** @throws CiphertextError */
  constructor(scheme: HeScheme, code: FeatureCode, { publicKey, relinKeys, seed }: MatcherKeys) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#code = code;
    this.#layout = new SlotLayout(code, scheme.slots);
    this.#seed = seed;
    this.#relinKeys = loadRelinKeys(scheme, relinKeys, scope);
    this.#sealer = new ResultSealer(scheme, publicKey);
    this.#pack = scope.newCiphertext();
    this.#weighted = scope.newCiphertext();
    this.#product = scope.newCiphertext();
    this.#plain = scope.newPlaintext();
  }

  /**
   * @param packed the pack as `OfferPacker` made it
   * @param offers the ciphertexts in it by position
   * @throws CiphertextError
   */
  mask(packed: Uint8Array, offers: readonly Uint8Array[]): Uint8Array {
    const { encoder, evaluator, freshLevel, middleLevel, parameters, slots } = this.#scheme;
    const { dimensions } = this.#code;
    const pack = digest(packed);
    const factors = this.#factors(pack, offers.length);
    const factorAt = (position: number, dimension: number): number =>
      factors[position * dimensions.length + dimension]!;
    const isNumber = (block: number): boolean =>
      block >= dimensions.length && block < this.#layout.summedBlocks;
    // ρ z in the numbers' blocks, −ρ in the squares': times the pack, ρ z² and −ρ · claimed.
    const packer = new OfferPacker(this.#scheme, this.#code, (position, block) =>
      isNumber(block) ? factorAt(position, block - dimensions.length) : 0,
    );
    try {
      offers.forEach((bytes, position) => packer.add(position, bytes));
      loadCiphertext(this.#scheme, freshLevel, "pack of offers", packer.finish(), this.#weighted);
    } finally {
      packer.close();
    }
    const minus = new BigUint64Array(slots);
    for (let position = 0; position < offers.length; position++) {
      for (let dimension = 0; dimension < dimensions.length; dimension++) {
        const factor = BigInt(factorAt(position, dimension));
        minus[this.#layout.slotOf(dimension, position)] = parameters.plainModulus - factor;
      }
    }
    encoder.encode(minus, this.#plain);
    evaluator.addPlainInplace(this.#weighted, this.#plain);
    loadCiphertext(this.#scheme, freshLevel, "pack of offers", packed, this.#pack);
    evaluator.multiply(this.#pack, this.#weighted, this.#product);
    evaluator.cipherModSwitchToInplace(this.#product, middleLevel);
    evaluator.relinearizeInplace(this.#product, this.#relinKeys);
    const stream = new Keystream(this.#seed, "squares' shares", pack);
    return this.#sealer.seal(
      this.#product,
      sumShares(stream, this.#layout, offers.length, () => 0),
    );
  }

  /** Not 0: a factor for each number of each offer. */
  #factors(pack: string, offers: number): number[] {
    const stream = new Keystream(this.#seed, "squares", pack);
    const most = Number(this.#scheme.parameters.plainModulus) - 1;
    return Array.from(
      { length: offers * this.#code.dimensions.length },
      () => 1 + stream.below(most),
    );
  }

  /** Frees what it holds. */
  close(): void {
    this.#sealer.close();
    this.#scope.close();
  }
}
