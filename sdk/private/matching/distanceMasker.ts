import type { Ciphertext, Plaintext, RelinKeys } from "node-seal";
import { loadCiphertext } from "./ciphertextBytes.ts";
import { digest } from "./digest.ts";
import { distanceMasks, maskShares } from "./distanceMasks.ts";
import type { FeatureCode } from "./featureSchema.ts";
import { loadRelinKeys } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import { LimitMasker } from "./limitMasker.ts";
import { MalformedCiphertextError } from "./matchingError.ts";
import { ResultSealer } from "./resultSealer.ts";
import type { SealScope } from "./sealScope.ts";
import { SlotLayout } from "./slotLayout.ts";

/** What a matcher needs beside ciphertexts: public keys, and its own seed of the period. */
export interface MatcherKeys {
  publicKey: Uint8Array;
  relinKeys: Uint8Array;
  seed: Uint8Array;
}

/** What the key holder is sent of a bid. */
export interface MaskedBid {
  /** A ciphertext a pack. */
  distances: readonly Uint8Array[];
  /** The same; none where the schema has no limit. */
  limits: readonly Uint8Array[];
}

/** The masked distances and limits of bids to packed offers, for the key holder. It knows no secret key. */
export class DistanceMasker {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #code: FeatureCode;
  readonly #layout: SlotLayout;
  readonly #seed: Uint8Array;
  readonly #relinKeys: RelinKeys;
  readonly #sealer: ResultSealer;
  readonly #packs: Ciphertext[];
  readonly #packsDigest: string;
  readonly #offers: number;
  readonly #limits: LimitMasker | undefined;
  readonly #bid: Ciphertext;
  readonly #difference: Ciphertext;
  readonly #product: Ciphertext;
  readonly #linear: Ciphertext;
  readonly #factor: Plaintext;

  /**
   * @param packs made by `OfferPacker`, in order
   * @param offers in all packs
   * @throws CiphertextError
   */
  constructor(
    scheme: HeScheme,
    code: FeatureCode,
    { publicKey, relinKeys, seed }: MatcherKeys,
    packs: readonly Uint8Array[],
    offers: number,
  ) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#code = code;
    this.#layout = new SlotLayout(code, scheme.slots);
    if (packs.length !== this.#layout.packsFor(offers)) {
      throw new RangeError(`${offers} offers are not ${packs.length} packs.`);
    }
    this.#seed = seed;
    this.#offers = offers;
    this.#relinKeys = loadRelinKeys(scheme, relinKeys, scope);
    this.#sealer = new ResultSealer(scheme, publicKey);
    this.#packs = packs.map((bytes) => {
      const pack = scope.newCiphertext();
      loadCiphertext(scheme, scheme.freshLevel, "pack of offers", bytes, pack);
      return pack;
    });
    this.#packsDigest = digest(...packs);
    if (code.limit !== undefined) {
      const parts = { limit: code.limit, layout: this.#layout, seed, sealer: this.#sealer };
      this.#limits = new LimitMasker(scheme, parts, this.#packs, offers);
    }
    this.#bid = scope.newCiphertext();
    this.#difference = scope.newCiphertext();
    this.#product = scope.newCiphertext();
    this.#linear = scope.newCiphertext();
    this.#factor = scope.newPlaintext();
  }

  /**
   * A bid's masked distances to all offers and its limits with them, one ciphertext a pack. The masks follow from the seed, the bid's bytes and
   * the packs': the same again where this is done twice, others where anything is not the same. Equal shares for two
   * packs would show the key holder what each feature contributes to the difference.
   * @throws CiphertextError where the bytes are no bid's ciphertext
   */
  mask(bytes: Uint8Array): MaskedBid {
    loadCiphertext(this.#scheme, this.#scheme.freshLevel, "bid's ciphertext", bytes, this.#bid);
    const name = `${digest(bytes)} ${this.#packsDigest}`;
    return {
      distances: this.#distances(name),
      limits: this.#limits?.mask(this.#bid, name) ?? [],
    };
  }

  #distances(bid: string): Uint8Array[] {
    const { encoder, evaluator, middleLevel, slots } = this.#scheme;
    const masks = distanceMasks(this.#seed, bid, this.#code);
    encoder.encode(new BigUint64Array(slots).fill(BigInt(masks.factor)), this.#factor);
    return this.#packs.map((offers, pack) => {
      this.#multiply(offers);
      evaluator.cipherModSwitchToInplace(this.#product, middleLevel);
      evaluator.relinearize(this.#product, this.#relinKeys, this.#linear);
      evaluator.multiplyPlainInplace(this.#linear, this.#factor);
      const taken = this.#layout.takenIn(pack, this.#offers);
      const shares = maskShares(this.#seed, bid, masks, this.#layout, { pack, taken });
      return this.#sealer.seal(this.#linear, shares);
    });
  }

  #multiply(offers: Ciphertext): void {
    const { evaluator } = this.#scheme;
    try {
      if (this.#code.schema.weights === "private") {
        evaluator.multiply(this.#bid, offers, this.#product);
        return;
      }
      evaluator.sub(this.#bid, offers, this.#difference);
      evaluator.square(this.#difference, this.#product);
    } catch {
      throw new MalformedCiphertextError("bid's ciphertext", "hides nothing beside the offers");
    }
  }

  /** Frees what it holds. */
  close(): void {
    this.#limits?.close();
    this.#sealer.close();
    this.#scope.close();
  }
}
