import type { Ciphertext, Plaintext } from "node-seal";
import type { HeScheme } from "./heScheme.ts";
import type { LimitCode } from "./limitCode.ts";
import { limitMasks } from "./limitMasks.ts";
import type { ResultSealer } from "./resultSealer.ts";
import type { SealScope } from "./sealScope.ts";
import type { SlotLayout } from "./slotLayout.ts";

/** What a limit masker shares with the masker of distances. */
export interface LimitMaskerParts {
  limit: LimitCode;
  layout: SlotLayout;
  seed: Uint8Array;
  sealer: ResultSealer;
}

/**
 * The masked differences of bids' limits and offers'. There is no product of ciphertexts in them: one prime less is
 * enough from the start.
 */
export class LimitMasker {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #parts: LimitMaskerParts;
  /** In NTT form, at the middle level. */
  readonly #packs: Ciphertext[];
  readonly #offers: number;
  readonly #bid: Ciphertext;
  readonly #difference: Ciphertext;
  readonly #factors: Plaintext;
  readonly #factorsNtt: Plaintext;

  /** @param packs at the fresh level; @param offers in all of them */
  constructor(
    scheme: HeScheme,
    parts: LimitMaskerParts,
    packs: readonly Ciphertext[],
    offers: number,
  ) {
    this.#scheme = scheme;
    this.#parts = parts;
    this.#offers = offers;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#packs = packs.map((pack) => {
      const lowered = scope.newCiphertext();
      this.#lower(pack, lowered);
      return lowered;
    });
    this.#bid = scope.newCiphertext();
    this.#difference = scope.newCiphertext();
    this.#factors = scope.newPlaintext();
    this.#factorsNtt = scope.newPlaintext();
  }

  /**
   * A bid's masked limits, one ciphertext a pack.
   * @param name the digests of the bid's ciphertext and the packs'
   */
  mask(bid: Ciphertext, name: string): Uint8Array[] {
    const { encoder, evaluator, middleLevel } = this.#scheme;
    const { seed, limit, layout, sealer } = this.#parts;
    this.#lower(bid, this.#bid);
    return this.#packs.map((offers, pack) => {
      const taken = layout.takenIn(pack, this.#offers);
      const masks = limitMasks(seed, name, limit, layout, { pack, taken });
      encoder.encode(masks.factors, this.#factors);
      evaluator.plainTransformToNtt(this.#factors, middleLevel, this.#factorsNtt);
      evaluator.sub(this.#bid, offers, this.#difference);
      evaluator.multiplyPlainInplace(this.#difference, this.#factorsNtt);
      evaluator.cipherTransformFromNttInplace(this.#difference);
      return sealer.seal(this.#difference, masks.summands);
    });
  }

  #lower(ciphertext: Ciphertext, into: Ciphertext): void {
    const { evaluator, middleLevel } = this.#scheme;
    evaluator.cipherModSwitchTo(ciphertext, middleLevel, into);
    evaluator.cipherTransformToNttInplace(into);
  }

  /** Frees what it holds; the sealer is whose it was. */
  close(): void {
    this.#scope.close();
  }
}
