import { loadSnarkjsCurve, type CurveGroup } from "./snarkjsCurve.ts";
import { DEVELOPMENT_SEED, secretsFromSeed } from "./setupSecrets.ts";
import type { VerificationKey } from "./verificationKey.ts";
import { verifierPoints } from "./verifierPoints.ts";

/** The abscissae of alpha, beta, gamma and delta of keys made from a seed. */
async function developmentAbscissae(seed: string) {
  const { G1, G2 } = await loadSnarkjsCurve();
  const { alpha, beta, gamma, delta } = secretsFromSeed(seed);
  const x = (group: CurveGroup, scalar: bigint) =>
    (group.toObject(group.toAffine(group.timesScalar(group.g, scalar))) as [unknown])[0];
  return {
    alpha: x(G1, alpha) as bigint,
    g2: [beta, gamma, delta].map((secret) => x(G2, secret) as [bigint, bigint]),
  };
}

/**
 * Whether a key was made from a published seed, so that anybody can forge proofs for it. Each of its
 * points alone tells: a key that shares one with a development key is none to rely on.
 * @param subject a verification key, or the source of a verifier, or its bytecode on a chain
 */
export async function isDevelopmentKey(
  subject: VerificationKey | string,
  seed = DEVELOPMENT_SEED,
): Promise<boolean> {
  const { alpha, beta, gamma, delta } = verifierPoints(subject);
  const development = await developmentAbscissae(seed);
  return (
    alpha[0] === development.alpha ||
    [beta, gamma, delta].some(([x], index) =>
      x.every((part, i) => part === development.g2[index]![i]),
    )
  );
}
