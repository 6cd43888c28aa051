import { BaseError, showValue } from "../../sdk/errors.ts";
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

/** Text is not the verifier contract that snarkjs writes. */
export class UnknownVerifierError extends BaseError {
  override name = "UnknownVerifierError";
}

/** @param subject a verification key, or the source of the verifier that snarkjs makes of one */
export function verifierPoints(subject: VerificationKey | string): VerifierPoints {
  return typeof subject === "string" ? pointsOfSource(subject) : pointsOfKey(subject);
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

const CONSTANT = /\buint256\s+constant\s+(\w+)\s*=\s*(\d+|0x[0-9a-fA-F]+)\s*;/g;

function pointsOfSource(source: string): VerifierPoints {
  const constants = new Map<string, bigint>();
  for (const [, name, value] of source.matchAll(CONSTANT)) constants.set(name!, BigInt(value!));
  const constant = (name: string) => {
    const value = constants.get(name);
    if (value !== undefined) return value;
    throw new UnknownVerifierError(
      `${showValue(source.trim())} has no constant ${name}, so it is no Groth16 verifier of snarkjs.`,
      { metaMessages: ["Generate it again with `node scripts/keys/build.ts`."] },
    );
  };
  const g1 = (name: string): G1Point => [constant(`${name}x`), constant(`${name}y`)];
  // The contract has the imaginary part first.
  const g2 = (name: string): G2Point => [
    [constant(`${name}x2`), constant(`${name}x1`)],
    [constant(`${name}y2`), constant(`${name}y1`)],
  ];
  const ic: G1Point[] = [g1("IC0")];
  while (constants.has(`IC${ic.length}x`)) ic.push(g1(`IC${ic.length}`));
  return { alpha: g1("alpha"), beta: g2("beta"), gamma: g2("gamma"), delta: g2("delta"), ic };
}
