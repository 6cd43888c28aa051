import { BaseError } from "../../sdk/errors.ts";
import { BASE_FIELD_ORDER, SCALAR_FIELD_ORDER } from "./bn254.ts";
import { loadSnarkjsCurve, type CurveGroup } from "./snarkjsCurve.ts";
import type { VerificationKey } from "./verificationKey.ts";
import { verifierPoints, type G1Point, type G2Point } from "./verifierPoints.ts";

/** A verifier takes proofs of what is false, or none at all. */
export class UnsafeVerifierError extends BaseError {
  override name = "UnsafeVerifierError";
  readonly weaknesses: readonly string[];

  constructor(verifier: string, weaknesses: readonly string[]) {
    super(`${verifier} must not be used: ${weaknesses.join("; ")}.`, {
      metaMessages: [
        "Make its key in a ceremony with `npx sealwatt ceremony`, or for development with `npm run keys`.",
      ],
    });
    this.weaknesses = weaknesses;
  }
}

/**
 * Refuses verifiers whose points show that proofs can be forged. That a key has no known secrets cannot
 * be seen from its points: see `isDevelopmentKey` and the transcript of its ceremony.
 * @param subject a verification key, or the source of a verifier, or its bytecode on a chain
 * @param verifier what to call it in the error
 */
export async function checkVerifier(
  subject: VerificationKey | string,
  verifier = "The verifier",
): Promise<void> {
  const weaknesses = await findWeaknesses(subject);
  if (weaknesses.length > 0) throw new UnsafeVerifierError(verifier, weaknesses);
}

/** All that is wrong with a verifier's points, each in a clause. */
export async function findWeaknesses(subject: VerificationKey | string): Promise<string[]> {
  const { G1, G2 } = await loadSnarkjsCurve();
  const { alpha, beta, gamma, delta, ic } = verifierPoints(subject);
  const g1 = [
    { name: "alpha", point: alpha },
    ...ic.map((point, i) => ({ name: `IC${i}`, point })),
  ];
  const g2 = [
    { name: "beta", point: beta },
    { name: "gamma", point: gamma },
    { name: "delta", point: delta },
  ];
  const findings = [
    ...g1.map(({ name, point }) => findPointFault(G1, name, point)),
    ...g2.map(({ name, point }) => findPointFault(G2, name, point)),
  ].filter((finding) => finding !== undefined);

  // Two of them in one ratio of 1 or -1 cancel out in the pairing: C = -vk_x for gamma and delta, which
  // is what a key without phase 2 has, C = -alpha for beta and delta, A = alpha + vk_x for beta and gamma.
  for (const [a, b] of pairs(g2))
    if (sameX(a.point[0], b.point[0]))
      findings.push(`${a.name} equals ${b.name} up to its sign, so that any proof can be forged`);
  if (sameX(delta[0], generatorX(G2)))
    findings.push("delta is the generator, so that nobody has contributed to the key");
  for (const [a, b] of pairs(g1.slice(1)))
    if (a.point[0] === b.point[0])
      findings.push(
        `${a.name} equals ${b.name} up to its sign, so that their signals can be swapped`,
      );
  return findings;
}

function findPointFault(group: CurveGroup, name: string, point: G1Point | G2Point) {
  const coordinates = point.flat();
  if (coordinates.every((coordinate) => coordinate === 0n)) return `${name} is the identity`;
  if (coordinates.some((coordinate) => coordinate >= BASE_FIELD_ORDER))
    return `${name} has a coordinate that is not below the field's order`;
  const encoded = group.fromObject(point);
  if (!group.isValid(encoded)) return `${name} is not on the curve`;
  if (!group.isZero(group.timesScalar(encoded, SCALAR_FIELD_ORDER)))
    return `${name} is not in the group of the right order`;
  return undefined;
}

function* pairs<Item>(items: readonly Item[]): Generator<[Item, Item]> {
  for (const [i, a] of items.entries()) for (const b of items.slice(i + 1)) yield [a, b];
}

/** Points with the same x are the same or opposite. */
function sameX(a: readonly [bigint, bigint], b: readonly [bigint, bigint]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function generatorX(group: CurveGroup): [bigint, bigint] {
  return (group.toObject(group.g) as [[bigint, bigint]])[0];
}
