import type { CircuitName } from "../context.ts";
import type { Signals } from "../proofs/proofRequest.ts";
import { ProverError } from "./proverError.ts";
import { pointsOf } from "./proofPoints.ts";
import type { ProofPoints, ProveProgress } from "./prover.ts";
import { groth16, wtns } from "./snarkjsGroth16.ts";

/** What a circuit is proven with. */
export interface ProvingKeyBytes {
  wasm: Uint8Array;
  zkey: Uint8Array;
  /** As snarkjs writes it. Where it is given, the proof is checked with it. */
  verificationKey?: unknown;
}

/** The part of a request that a proof is computed from. */
export interface ProofTask {
  circuit: CircuitName;
  inputs: Signals;
  publicSignals: readonly bigint[];
}

export interface ComputedProof {
  points: ProofPoints;
  signals: bigint[];
}

/** What snarkjs says that it does, as far as it takes time. */
const STEPS = [
  "IFFT_A",
  "IFFT_B",
  "IFFT_C",
  "A Points",
  "B1 Points",
  "B2 Points",
  "C Points",
  "H Points",
];
/** circom_runtime takes 2 GiB where it is not told a number of pages, and no circuit of circom 2 uses them. */
const MEMORY_PAGES = 1;

/** Computes a proof where it is called, for seconds. @throws ProverError */
export async function computeProof(
  { circuit, inputs, publicSignals }: ProofTask,
  { wasm, zkey, verificationKey }: ProvingKeyBytes,
  onProgress: (progress: ProveProgress) => void = () => undefined,
): Promise<ComputedProof> {
  onProgress({ stage: "witness", fraction: 0 });
  const witness = { type: "mem" as const };
  await wtns
    .calculate(inputs, { type: "mem", data: wasm }, witness, { memorySize: MEMORY_PAGES })
    .catch((error: unknown) => {
      throw new ProverError("inputs", `The circuit ${circuit} refuses its inputs.`, {
        details: error instanceof Error ? error.message : String(error),
        metaMessages: [
          "Make the request anew; check that wasm and zkey are those of this version.",
        ],
      });
    });
  const { proof, publicSignals: proven } = await groth16
    .prove({ type: "mem", data: zkey }, witness, stepLogger(onProgress))
    .catch((error: unknown) => {
      throw new ProverError("keys", `The proving key of ${circuit} does not serve.`, {
        details: error instanceof Error ? error.message : String(error),
        metaMessages: ["Take wasm and zkey of one circuit from one set-up."],
      });
    });
  onProgress({ stage: "check", fraction: 0 });
  const signals = proven.map(BigInt);
  requireSignals(circuit, signals, publicSignals);
  if (verificationKey !== undefined && !(await groth16.verify(verificationKey, proven, proof))) {
    throw new ProverError("proof", `The proof of ${circuit} does not hold.`, {
      metaMessages: ["The zkey is damaged or of another set-up than the verification key."],
    });
  }
  onProgress({ stage: "check", fraction: 1 });
  return { points: pointsOf(proof), signals };
}

function stepLogger(onProgress: (progress: ProveProgress) => void) {
  let done = 0;
  const report = () => onProgress({ stage: "prove", fraction: done / STEPS.length });
  report();
  return {
    debug(message: string) {
      // Each step is named several times.
      const step = STEPS.findIndex((name) => message.includes(name)) + 1;
      if (step <= done) return;
      done = step;
      report();
    },
  };
}

function requireSignals(
  circuit: CircuitName,
  proven: readonly bigint[],
  asked: readonly bigint[],
): void {
  const differing = Array.from({ length: Math.max(proven.length, asked.length) }, (_, i) => i).find(
    (i) => proven[i] !== asked[i],
  );
  if (differing === undefined) return;
  throw new ProverError(
    "signals",
    `The proof of ${circuit} shows ${proven.length} signals, of which number ${differing} is another than was asked for.`,
    { metaMessages: ["Check that wasm and zkey are those of this version's circuit."] },
  );
}
