import type { Ciphertext, Encryptor, Plaintext } from "node-seal";
import { requireEnergyWh } from "../notes.ts";
import { saveCiphertext } from "./ciphertextBytes.ts";
import { openEncryptor } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import type { SealScope } from "./sealScope.ts";

/** Encrypts an energy, metered or matched, under an epoch's delivery key: in every slot, so that any place suits it. */
export class EnergyCipher {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #encryptor: Encryptor;
  readonly #plain: Plaintext;
  readonly #cipher: Ciphertext;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, publicKey: Uint8Array) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#encryptor = openEncryptor(scheme, publicKey, scope);
    this.#plain = scope.newPlaintext();
    this.#cipher = scope.newCiphertext();
  }

  /** @throws OutOfRangeError */
  encrypt(energyWh: bigint): Uint8Array {
    const { encoder, slots } = this.#scheme;
    encoder.encode(new BigUint64Array(slots).fill(requireEnergyWh(energyWh)), this.#plain);
    this.#encryptor.encrypt(this.#plain, this.#cipher);
    return saveCiphertext(this.#scheme, this.#cipher);
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
