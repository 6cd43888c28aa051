import type { Ciphertext, Encryptor, Plaintext } from "node-seal";
import { requireEnergyWh } from "../notes.ts";
import { saveCiphertext } from "./ciphertextBytes.ts";
import { loadPublicKey } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";

/** Encrypts an energy, metered or matched, under an epoch's delivery key: in every slot, so that any batch has a place for it. */
export class EnergyCipher {
  readonly #scheme: HeScheme;
  readonly #encryptor: Encryptor;
  readonly #plain: Plaintext;
  readonly #cipher: Ciphertext;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, publicKey: Uint8Array) {
    this.#scheme = scheme;
    const key = loadPublicKey(scheme, publicKey);
    this.#encryptor = scheme.own(new scheme.seal.Encryptor(scheme.context, key));
    this.#plain = scheme.newPlaintext();
    this.#cipher = scheme.newCiphertext();
  }

  /** @throws OutOfRangeError */
  encrypt(energyWh: bigint): Uint8Array {
    const { encoder, slots } = this.#scheme;
    encoder.encode(new BigUint64Array(slots).fill(requireEnergyWh(energyWh)), this.#plain);
    this.#encryptor.encrypt(this.#plain, this.#cipher);
    return saveCiphertext(this.#scheme, this.#cipher);
  }
}
