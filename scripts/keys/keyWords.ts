import type { G1Point, G2Point, VerifierPoints } from "./verifierPoints.ts";

/** Coordinates of alpha, beta, gamma and delta. */
const FIXED_WORDS = 14;

/** A verifier contract's key: its points in the order of contracts/libraries/Groth16.sol, a word a coordinate. */
export function keyWords({ alpha, beta, gamma, delta, ic }: VerifierPoints): bigint[] {
  // The contract has the imaginary part first.
  const g2 = ([x, y]: G2Point) => [x[1], x[0], y[1], y[0]];
  return [...alpha, ...[beta, gamma, delta].flatMap(g2), ...ic.flat()];
}

/** The points of such words; undefined where there are not as many as any key has. */
export function pointsOfWords(words: readonly bigint[]): VerifierPoints | undefined {
  if (words.length % 2 !== 0 || words.length < FIXED_WORDS + 2) return undefined;
  const g1 = (at: number): G1Point => [words[at]!, words[at + 1]!];
  const g2 = (at: number): G2Point => [
    [words[at + 1]!, words[at]!],
    [words[at + 3]!, words[at + 2]!],
  ];
  const ic = Array.from({ length: (words.length - FIXED_WORDS) / 2 }, (_, index) =>
    g1(FIXED_WORDS + 2 * index),
  );
  return { alpha: g1(0), beta: g2(2), gamma: g2(6), delta: g2(10), ic };
}

/** What each word is, for a reader. */
export function keyWordNames(signals: number): string[] {
  const g2 = ["beta", "gamma", "delta"].flatMap((name) =>
    ["x", "y"].flatMap((axis) => [`${name}.${axis}, imaginary`, `${name}.${axis}, real`]),
  );
  const ic = Array.from({ length: signals + 1 }, (_, index) => [`IC${index}.x`, `IC${index}.y`]);
  return ["alpha.x", "alpha.y", ...g2, ...ic.flat()];
}

/** A word as 64 hexadecimal digits. */
export function wordHex(word: bigint): string {
  return word.toString(16).padStart(64, "0");
}
