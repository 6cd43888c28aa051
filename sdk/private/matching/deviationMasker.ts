import type { Ciphertext, Plaintext } from "node-seal";
import { BASIS_POINTS } from "../delivered.ts";
import { requireWithin } from "../field.ts";
import { loadCiphertext } from "./ciphertextBytes.ts";
import { digest } from "./digest.ts";
import type { HeScheme } from "./heScheme.ts";
import { Keystream } from "./keystream.ts";
import { ResultSealer } from "./resultSealer.ts";
import { randomSlots } from "./randomSlots.ts";
import type { SealScope } from "./sealScope.ts";

/** An agreed match whose delivery is to be judged. */
export interface EncryptedDelivery {
  /** Encrypted v_a, from the gateway. */
  actual: Uint8Array;
  /** Encrypted v_m, from who formed the match. */
  matched: Uint8Array;
}

/** Slots of a delivery: what is missing to too much, and to too little. */
export const SLOTS_PER_DELIVERY = 2;

/**
 * Masks are 2^4 to below 2^15. Margins reach 2^28 · 20,000, below 2^42.3: their product stays below half of the plain
 * modulus, 2^58.
 */
const LEAST_FACTOR = 2 ** 4;
const FACTOR_OCTAVES = 11;

/**
 * `Dev = Enc(v_a) − Enc(v_m)` as two margins that are both at least 0 within the tolerance, `σ v_m − 10000 Dev` and
 * `σ v_m + 10000 Dev`. Each becomes `r · margin + s` with a random r and s from 0 to below it, which keeps its sign:
 * the key holder learns that, the size to within the factor 2^11, and, as both are in random order, not which it was.
 */
export class DeviationMasker {
  readonly #scheme: HeScheme;
  readonly #scope: SealScope;
  readonly #seed: Uint8Array;
  readonly #toleranceBps: bigint;
  readonly #sealer: ResultSealer;
  readonly #energy: Ciphertext;
  readonly #scaled: Ciphertext;
  readonly #sum: Ciphertext;
  readonly #plain: Plaintext;
  readonly #plainNtt: Plaintext;

  /**
   * @param toleranceBps σ, below 10,000
   * @throws CiphertextError, OutOfRangeError
   */
  constructor(
    scheme: HeScheme,
    { publicKey, seed }: { publicKey: Uint8Array; seed: Uint8Array },
    toleranceBps: bigint,
  ) {
    this.#scheme = scheme;
    const scope = scheme.newScope();
    this.#scope = scope;
    this.#seed = seed;
    this.#toleranceBps = requireWithin("toleranceBps", toleranceBps, 0n, BASIS_POINTS - 1n);
    this.#sealer = new ResultSealer(scheme, publicKey);
    this.#energy = scope.newCiphertext();
    this.#scaled = scope.newCiphertext();
    this.#sum = scope.newCiphertext();
    this.#plain = scope.newPlaintext();
    this.#plainNtt = scope.newPlaintext();
  }

  /** How many deliveries one ciphertext takes. */
  get capacity(): number {
    return this.#scheme.slots / SLOTS_PER_DELIVERY;
  }

  /**
   * The masked margins of deliveries, all in one ciphertext. The masks follow from the seed and a delivery's bytes.
   * @param deliveries 1 to {@link capacity}
   * @throws CiphertextError
   */
  mask(deliveries: readonly EncryptedDelivery[]): Uint8Array {
    if (deliveries.length === 0 || deliveries.length > this.capacity) {
      throw new RangeError(`${deliveries.length} deliveries are not 1 to ${this.capacity}.`);
    }
    const { evaluator, middleLevel } = this.#scheme;
    const summands = randomSlots(this.#scheme);
    deliveries.forEach(({ actual, matched }, i) => {
      const stream = new Keystream(this.#seed, "deviation", digest(actual, matched));
      const ofActual = this.#zeros();
      const ofMatched = this.#zeros();
      const isSwapped = stream.below(2);
      for (const [place, sign] of [-1n, 1n].entries()) {
        const slot = SLOTS_PER_DELIVERY * i + (place ^ isSwapped);
        const octave = LEAST_FACTOR * 2 ** stream.below(FACTOR_OCTAVES);
        const factor = octave + stream.below(octave);
        const r = BigInt(factor);
        ofActual[slot] = r * sign * BASIS_POINTS;
        ofMatched[slot] = r * (this.#toleranceBps - sign * BASIS_POINTS);
        summands[slot] = BigInt(stream.below(factor));
      }
      this.#add("metered energy's ciphertext", actual, ofActual, i === 0);
      this.#add("matched energy's ciphertext", matched, ofMatched, false);
    });
    evaluator.cipherTransformFromNttInplace(this.#sum);
    evaluator.cipherModSwitchToInplace(this.#sum, middleLevel);
    return this.#sealer.seal(this.#sum, summands);
  }

  #zeros(): BigInt64Array {
    return new BigInt64Array(this.#scheme.slots);
  }

  /** Adds an energy, times a factor for each slot. */
  #add(what: string, bytes: Uint8Array, factors: BigInt64Array, isFirst: boolean): void {
    const { encoder, evaluator, freshLevel } = this.#scheme;
    loadCiphertext(this.#scheme, freshLevel, what, bytes, this.#energy);
    encoder.encode(factors, this.#plain);
    evaluator.plainTransformToNtt(this.#plain, freshLevel, this.#plainNtt);
    evaluator.cipherTransformToNttInplace(this.#energy);
    evaluator.multiplyPlain(this.#energy, this.#plainNtt, this.#scaled);
    if (isFirst) this.#sum.assign(this.#scaled);
    else evaluator.addInplace(this.#sum, this.#scaled);
  }

  /** Frees what it holds. */
  close(): void {
    this.#sealer.close();
    this.#scope.close();
  }
}
