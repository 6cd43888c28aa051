import type { Ciphertext, Encryptor, Plaintext } from "node-seal";
import { saveCiphertext } from "./ciphertextBytes.ts";
import { contentHash } from "./contentHash.ts";
import { encodeBid, encodeOffer, type FeatureValues, type PrivateWeights } from "./encodePlan.ts";
import type { FeatureCode } from "./featureSchema.ts";
import { openEncryptor } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import type { SealScope } from "./sealScope.ts";
import { SlotLayout } from "./slotLayout.ts";

/** The features of a plan for nobody but the key holder. */
export interface EncryptedPlan {
  bytes: Uint8Array;
  /** What the plan binds on chain. */
  contentHash: string;
}

/** Encrypts plans under an epoch's public key. It runs in Node and in a browser's worker. */
export class PlanCipher {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #code: FeatureCode;
  readonly #layout: SlotLayout;
  readonly #encryptor: Encryptor;
  readonly #plain: Plaintext;
  readonly #cipher: Ciphertext;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, code: FeatureCode, publicKey: Uint8Array) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#code = code;
    this.#layout = new SlotLayout(code, scheme.slots);
    this.#encryptor = openEncryptor(scheme, publicKey, scope);
    this.#plain = scope.newPlaintext();
    this.#cipher = scope.newCiphertext();
  }

  /** @throws FeatureValueError */
  encryptBid(values: FeatureValues, own?: PrivateWeights): EncryptedPlan {
    return this.#encrypt(encodeBid(this.#code, values, own));
  }

  /** @throws FeatureValueError */
  encryptOffer(values: FeatureValues): EncryptedPlan {
    return this.#encrypt(encodeOffer(this.#code, values));
  }

  #encrypt(numbers: readonly number[]): EncryptedPlan {
    const { encoder, parameters } = this.#scheme;
    encoder.encode(this.#layout.spread(numbers, parameters.plainModulus), this.#plain);
    this.#encryptor.encrypt(this.#plain, this.#cipher);
    const bytes = saveCiphertext(this.#scheme, this.#cipher);
    return { bytes, contentHash: contentHash(bytes) };
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
