import { BaseError, showValue } from "../../sdk/errors.ts";
import { pointsOfWords } from "./keyWords.ts";
import type { VerificationKey } from "./verificationKey.ts";

/** Affine coordinates; (0, 0) is the identity, as on Ethereum. */
export type G1Point = readonly [x: bigint, y: bigint];
/** Coordinates `[real, imaginary]`, as snarkjs orders them. */
export type G2Point = readonly [x: readonly [bigint, bigint], y: readonly [bigint, bigint]];

/** What a Groth16 verifier knows of its circuit. */
export interface VerifierPoints {
  alpha: G1Point;
  beta: G2Point;
  gamma: G2Point;
  delta: G2Point;
  /** For the constant 1 and each public signal. */
  ic: readonly G1Point[];
}

/** Text is no verifier's source, or bytes are no verifier's code. */
export class UnknownVerifierError extends BaseError {
  override name = "UnknownVerifierError";
}

/** @param subject a verification key, or a verifier's source, or its bytecode on a chain (after 0x) */
export function verifierPoints(subject: VerificationKey | string): VerifierPoints {
  if (typeof subject !== "string") return pointsOfKey(subject);
  return subject.startsWith("0x") ? readVerifierCode(subject).points : pointsOfSource(subject);
}

const ORIGIN_G1: G1Point = [0n, 0n];
const ORIGIN_G2: G2Point = [
  [0n, 0n],
  [0n, 0n],
];

function pointsOfKey(key: VerificationKey): VerifierPoints {
  const g1 = ([x, y, z]: VerificationKey["vk_alpha_1"]): G1Point =>
    BigInt(z) === 0n ? ORIGIN_G1 : [BigInt(x), BigInt(y)];
  const g2 = ([x, y, z]: VerificationKey["vk_beta_2"]): G2Point =>
    z.every((part) => BigInt(part) === 0n)
      ? ORIGIN_G2
      : [
          [BigInt(x[0]), BigInt(x[1])],
          [BigInt(y[0]), BigInt(y[1])],
        ];
  return {
    alpha: g1(key.vk_alpha_1),
    beta: g2(key.vk_beta_2),
    gamma: g2(key.vk_gamma_2),
    delta: g2(key.vk_delta_2),
    ic: key.IC.map(g1),
  };
}

const CONSTRUCTOR =
  /\bcontract \w+ is Groth16Verifier \{\s*constructor\(\)\s*Groth16Verifier\(((?:\s*hex"[0-9a-f]{64}")+)\s*\)\s*\{\}\s*\}\s*$/;

function pointsOfSource(source: string): VerifierPoints {
  const words = CONSTRUCTOR.exec(source.replace(/\/\/.*$/gm, ""))?.[1]?.match(/[0-9a-f]{64}/g);
  const points = pointsOfWords(numbers(words));
  if (points !== undefined) return points;
  throw new UnknownVerifierError(
    `${showValue(source.trim())} is no verifier contract that scripts/keys has written.`,
    { metaMessages: ["Generate it again with `npm run keys`."] },
  );
}

/** The last word of a verifier's code: how many signals it takes. */
const COUNT_DIGITS = 64;
const MAX_SIGNALS = 1000n;

/** What a verifier's code on a chain consists of. */
export interface VerifierCode {
  /** All before the key, the same for every verifier; as hexadecimal digits. */
  program: string;
  points: VerifierPoints;
}

/** @param bytecode of a chain, as hexadecimal digits after 0x */
export function readVerifierCode(bytecode: string): VerifierCode {
  const digits = bytecode.slice(2).toLowerCase();
  const end = digits.length - COUNT_DIGITS;
  const signals = end < 0 ? MAX_SIGNALS : BigInt(`0x${digits.slice(end)}`);
  const start = end - Number(64n * 2n * (8n + (signals < MAX_SIGNALS ? signals : MAX_SIGNALS)));
  const words = start < 0 ? null : digits.slice(start, end).match(/.{64}/g);
  const points = pointsOfWords(numbers(words));
  if (points === undefined || signals >= MAX_SIGNALS)
    throw new UnknownVerifierError(
      `The code of ${digits.length / 2} bytes is no verifier of Sealwatt: it does not end in a key.`,
    );
  return { program: digits.slice(0, start), points };
}

function numbers(words: readonly string[] | null | undefined): bigint[] {
  return (words ?? []).map((word) => BigInt(`0x${word}`));
}
