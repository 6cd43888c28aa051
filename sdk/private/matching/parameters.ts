/** What a BFV scheme of SEAL is made with. Two schemes with equal parameters read each other's bytes. */
export interface HeParameters {
  polyModulusDegree: number;
  /** The primes of ciphertexts, and last the one that only keys have. */
  coeffModulus: readonly bigint[];
  /** A prime that is 1 modulo twice the degree, so that a plaintext has as many slots as the degree. */
  plainModulus: bigint;
  /** How many of the primes are left in what the key holder is sent. */
  resultPrimes: number;
  /** Noise added to what the key holder is sent is uniform and below 2 to this. */
  floodBits: number;
}

/**
 * Three large primes instead of SEAL's default four make a square a sixth and a relinearisation a third faster, a plan
 * a quarter smaller, and leave 6 bits more for noise: 180 bits of ciphertext modulus, with the key's prime 218, the
 * most that 128-bit security allows at this degree (homomorphicencryption.org's standard, which SEAL enforces).
 */
const DEGREE = 8192;
const PRIMES = [
  1_152_921_504_606_683_137n,
  1_152_921_504_606_748_673n,
  1_152_921_504_606_830_593n,
  274_877_562_881n,
] as const;

/**
 * Of distances. A mask of slots costs as many bits of noise budget as the plain modulus has, and so does a product:
 * with 45 bits nothing would be left of a product of masked ciphertexts, with 36 there is.
 */
export const MATCHING_PARAMETERS: HeParameters = {
  polyModulusDegree: DEGREE,
  coeffModulus: PRIMES,
  plainModulus: 68_719_230_977n,
  resultPrimes: 1,
  floodBits: 12,
};

/** Of deviations, which are linear: room for numbers instead of products. */
export const DELIVERY_PARAMETERS: HeParameters = {
  polyModulusDegree: DEGREE,
  coeffModulus: PRIMES,
  plainModulus: 576_460_752_303_210_497n,
  resultPrimes: 2,
  floodBits: 46,
};
