import { firstPolynomial } from "./ciphertextBytes.ts";
import type { HeScheme } from "./heScheme.ts";

/**
 * Adds uniform noise below 2^bits to a ciphertext in place. Its own noise depends on what it was computed from, and
 * the key holder sees the sum of both: next to this, nothing is left of it.
 * @param primes that the level has; @param bits at most 58: one word is drawn, and it stays below each prime
 */
export function floodNoise(
  scheme: HeScheme,
  bytes: Uint8Array,
  { primes, bits }: { primes: number; bits: number },
): void {
  const { polyModulusDegree, coeffModulus } = scheme.parameters;
  const words = firstPolynomial(scheme, primes, bytes);
  const noise = new BigUint64Array(polyModulusDegree);
  crypto.getRandomValues(noise);
  const mask = (1n << BigInt(bits + 1)) - 1n;
  const half = 1n << BigInt(bits);
  for (let prime = 0; prime < primes; prime++) {
    const modulus = coeffModulus[prime]!;
    for (let i = 0; i < polyModulusDegree; i++) {
      const at = 8 * (prime * polyModulusDegree + i);
      const sum = words.getBigUint64(at, true) + modulus - half + (noise[i]! & mask);
      words.setBigUint64(at, sum % modulus, true);
    }
  }
}
