import { BASE_FIELD_ORDER, inverse } from "../../scripts/keys/bn254.ts";
import { loadSnarkjsCurve } from "../../scripts/keys/snarkjsCurve.ts";
import type { ProofArgument } from "./privateVerbs.ts";

type Points = ProofArgument["points"];
type Pair = [bigint, bigint];

/** Proofs of the same signals that anybody makes of one, without a witness: (−A, −B, C) and (kA, B/k, C). */
export async function otherProofs(points: Points): Promise<[Points, Points]> {
  const { G1, G2 } = await loadSnarkjsCurve();
  const [ax, ay, bxImaginary, bxReal, byImaginary, byReal, cx, cy] = points;
  const negated = (y: bigint) => BASE_FIELD_ORDER - y;
  const opposite: Points = [
    ...([ax, negated(ay), bxImaginary, bxReal] as const),
    ...([negated(byImaginary), negated(byReal), cx, cy] as const),
  ];
  const factor = 1_234_567n;
  const a = G1.timesScalar(G1.fromObject([ax, ay, 1n]), factor);
  const b = G2.timesScalar(
    G2.fromObject([
      [bxReal, bxImaginary],
      [byReal, byImaginary],
      [1n, 0n],
    ]),
    inverse(factor),
  );
  const [x, y] = G1.toObject(G1.toAffine(a)) as Pair;
  const [bx, by] = G2.toObject(G2.toAffine(b)) as [Pair, Pair];
  return [opposite, [x, y, bx[1], bx[0], by[1], by[0], cx, cy]];
}
