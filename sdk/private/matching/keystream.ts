import { createCipheriv } from "node:crypto";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const WORD = 2 ** 32;
const ALL_BITS = WORD - 1;
/** The first draw, for who needs a few words; each next one is twice as long up to the most. */
const LEAST_BYTES = 1 << 8;
const MOST_BYTES = 1 << 16;
const ZEROS = new Uint8Array(MOST_BYTES);

/**
 * The matcher's randomness: AES-256 in counter mode under a key made of the period's seed and what it is for. From the
 * same seed comes the same again, on whatever machine: a batch that is done twice shows the key holder nothing new,
 * and gives the same ranks.
 */
export class Keystream {
  readonly #cipher;
  #words: Uint32Array = new Uint32Array(0);
  #next = 0;
  #length = LEAST_BYTES;

  /** @param purpose what the numbers are for; each purpose has its own */
  constructor(seed: Uint8Array, ...purpose: readonly (string | number)[]) {
    const text = JSON.stringify(["sealwatt/matching", ...purpose]);
    const key = keccak_256(concatBytes(keccak_256(seed), utf8ToBytes(text)));
    this.#cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  }

  /** A whole number below 2^32, each equally likely. */
  word(): number {
    if (this.#next === this.#words.length) {
      const bytes = this.#cipher.update(ZEROS.subarray(0, this.#length));
      this.#length = Math.min(2 * this.#length, MOST_BYTES);
      // A copy: the buffer's place in memory need not suit words.
      this.#words = new Uint32Array(new Uint8Array(bytes).buffer);
      this.#next = 0;
    }
    return this.#words[this.#next++]!;
  }

  /** A whole number from 0 to below a bound of at most 2^53, each equally likely: what is above is drawn again. */
  below(bound: number): number {
    if (bound <= WORD) {
      const mask = bitsBelow(bound);
      for (;;) {
        const drawn = (this.word() & mask) >>> 0;
        if (drawn < bound) return drawn;
      }
    }
    const mask = bitsBelow(Math.ceil(bound / WORD));
    for (;;) {
      const low = this.word();
      const drawn = (this.word() & mask) * WORD + low;
      if (drawn < bound) return drawn;
    }
  }
}

/** All bits that numbers below a bound of at most 2^32 have. */
function bitsBelow(bound: number): number {
  return bound === 1 ? 0 : ALL_BITS >>> Math.clz32(bound - 1);
}

/** A fresh seed of a period, for the matcher alone. */
export function randomSeed(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}
