import type { Ciphertext, Decryptor, Encryptor, Plaintext } from "node-seal";
import { loadCiphertext, saveCiphertext } from "./ciphertextBytes.ts";
import { floodNoise } from "./floodNoise.ts";
import { openEncryptor, openDecryptor } from "./heKeys.ts";
import type { HeScheme } from "./heScheme.ts";
import type { HeParameters } from "./parameters.ts";
import { randomSlots } from "./randomSlots.ts";
import type { SealScope } from "./sealScope.ts";

/** The noise that hides an upload's own, 2 to this, which is some 8,000 times what encryption leaves. */
const BLIND_BITS = 20;

/**
 * Of the ciphertext's modulus the plain modulus takes its bits, the sign one, and the noise of both together 21: with
 * less left, an upload was not just encrypted.
 */
function leastBlindedBudget({ coeffModulus, plainModulus }: HeParameters): number {
  const primes = coeffModulus.slice(0, -1);
  const bits = primes.reduce((sum, prime) => sum + prime.toString(2).length, 0);
  return bits - plainModulus.toString(2).length - 1 - (BLIND_BITS + 1);
}

/**
 * The matcher's half of a check that every upload goes through before it is matched. Bytes in the right form may
 * still hold so much noise that a pack which they are in decrypts to nothing, for everybody in it; only the secret
 * key tells. So that the key holder sees no plan, a random number is added to every slot.
 */
export class UploadBlinder {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #encryptor: Encryptor;
  readonly #plain: Plaintext;
  readonly #upload: Ciphertext;
  readonly #fresh: Ciphertext;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, publicKey: Uint8Array) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#encryptor = openEncryptor(scheme, publicKey, scope);
    this.#plain = scope.newPlaintext();
    this.#upload = scope.newCiphertext();
    this.#fresh = scope.newCiphertext();
  }

  /** @throws CiphertextError where the bytes do not have the form */
  blind(bytes: Uint8Array): Uint8Array {
    const { encoder, evaluator, freshLevel, parameters } = this.#scheme;
    loadCiphertext(this.#scheme, freshLevel, "plan's ciphertext", bytes, this.#upload);
    encoder.encode(randomSlots(this.#scheme), this.#plain);
    this.#encryptor.encrypt(this.#plain, this.#fresh);
    evaluator.addInplace(this.#upload, this.#fresh);
    const blinded = saveCiphertext(this.#scheme, this.#upload);
    floodNoise(this.#scheme, blinded, {
      primes: parameters.coeffModulus.length - 1,
      bits: BLIND_BITS,
    });
    return blinded;
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}

/**
 * The key holder's half: a yes or no. Each answer is a bit about the secret key, at most, to who makes uploads at the
 * border on purpose, and the key has some 13,000: refuse an account after a few refused uploads, and count.
 */
export class UploadJudge {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #decryptor: Decryptor;
  readonly #upload: Ciphertext;
  readonly #leastBudget: number;

  /** @throws CiphertextError where the key is none of the scheme's */
  constructor(scheme: HeScheme, secretKey: Uint8Array) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#leastBudget = leastBlindedBudget(scheme.parameters);
    this.#decryptor = openDecryptor(scheme, secretKey, scope);
    this.#upload = scope.newCiphertext();
  }

  /** @throws CiphertextError where the bytes do not have the form */
  isSound(blinded: Uint8Array): boolean {
    const { freshLevel } = this.#scheme;
    loadCiphertext(this.#scheme, freshLevel, "blinded plan", blinded, this.#upload);
    return this.#decryptor.invariantNoiseBudget(this.#upload) >= this.#leastBudget;
  }

  /** Frees what it holds. */
  close(): void {
    this.#scope.close();
  }
}
