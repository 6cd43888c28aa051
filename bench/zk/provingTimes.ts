import { readFile } from "node:fs/promises";
import * as snarkjs from "snarkjs";
import type { CircuitKeys } from "../../scripts/keys/buildCircuit.ts";
import type { ProofRequest } from "../../sdk/private/proofs/proofRequest.ts";
import { computeProof } from "../../sdk/private/prover/computeProof.ts";
import { nodeProver } from "../../sdk/private/prover/nodeProver.ts";
import { snarkjsProofOf } from "../../sdk/private/prover/proofPoints.ts";
import type { ProvedRequest } from "../../sdk/private/prover/prover.ts";
import { proveWithoutThreads } from "../../sdk/private/prover/snarkjsGroth16.ts";
import { median } from "../durations.ts";

const PROOFS = 5;
const PROOFS_ON_ONE_CORE = 2;
const VERIFICATIONS = 9;

/** A circuit in Node. */
export interface NodeTimes {
  proveMs: number;
  /** The quickest, which other programs have disturbed least. */
  leastMs: number;
  /** The processor's time of a proof on one core: what other programs do makes it little longer. */
  oneCoreMs: number;
  verifyMs: number;
  /** What a prover reads. */
  keyBytes: number;
}

/** The processor's time of some work in this process. */
async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Medians of proofs in a process that has proven the circuit before, and of their verification. */
export async function measureNode(keys: CircuitKeys, request: ProofRequest): Promise<NodeTimes> {
  const prover = nodeProver(() => Promise.resolve(keys));
  let proved: ProvedRequest;
  const proveTimes: number[] = [];
  try {
    proved = await prover.prove(request);
    for (let i = 0; i < PROOFS; i++) {
      const start = performance.now();
      proved = await prover.prove(request);
      proveTimes.push(performance.now() - start);
    }
  } finally {
    await prover.close();
  }
  await proveWithoutThreads();
  const [wasm, zkey] = await Promise.all([readFile(keys.wasm), readFile(keys.zkey)]);
  const coreTimes: number[] = [];
  for (let i = 0; i <= PROOFS_ON_ONE_CORE; i++) {
    const time = await processorMs(() => computeProof(request, { wasm, zkey }));
    // The first one compiles.
    if (i > 0) coreTimes.push(time);
  }
  const key = JSON.parse(await readFile(keys.verificationKey, "utf8")) as never;
  const [signals, proof] = [proved.signals.map(String), snarkjsProofOf(proved.points)];
  const verifyTimes: number[] = [];
  for (let i = 0; i <= VERIFICATIONS; i++) {
    const start = performance.now();
    const isValid = await snarkjs.groth16.verify(key, signals, proof);
    if (i > 0) verifyTimes.push(performance.now() - start);
    if (!isValid) throw new Error(`The proof of ${keys.name} does not hold.`);
  }
  return {
    proveMs: median(proveTimes),
    leastMs: Math.min(...proveTimes),
    oneCoreMs: median(coreTimes),
    verifyMs: median(verifyTimes),
    keyBytes: wasm.length + zkey.length,
  };
}
