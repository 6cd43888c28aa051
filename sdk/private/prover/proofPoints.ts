import type { ProofPoints } from "./prover.ts";
import type { SnarkjsProof } from "./snarkjsGroth16.ts";

/** A proof's points as a contract takes them: the parts of B the other way round than snarkjs has them. */
export function pointsOf({ pi_a: a, pi_b: b, pi_c: c }: SnarkjsProof): ProofPoints {
  const [ax, ay] = a.map(BigInt);
  const [[xReal, xImaginary], [yReal, yImaginary]] = b.map((pair) => pair.map(BigInt)) as [
    [bigint, bigint],
    [bigint, bigint],
  ];
  const [cx, cy] = c.map(BigInt);
  return [ax!, ay!, xImaginary, xReal, yImaginary, yReal, cx!, cy!];
}

/** The same back, as snarkjs verifies it. */
export function snarkjsProofOf(points: readonly bigint[]) {
  const [ax, ay, xImaginary, xReal, yImaginary, yReal, cx, cy] = points.map(String);
  return {
    protocol: "groth16",
    curve: "bn128",
    pi_a: [ax!, ay!, "1"],
    pi_b: [
      [xReal!, xImaginary!],
      [yReal!, yImaginary!],
      ["1", "0"],
    ],
    pi_c: [cx!, cy!, "1"],
  };
}
