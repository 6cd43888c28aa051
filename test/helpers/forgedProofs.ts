import { readFile } from "node:fs/promises";
import type { Provider } from "ethers";
import { BASE_FIELD_ORDER } from "../../scripts/keys/bn254.ts";
import { keysOf } from "../../scripts/keys/circuitKeys.ts";
import { keyWords, wordHex } from "../../scripts/keys/keyWords.ts";
import type { VerifierPoints } from "../../scripts/keys/verifierPoints.ts";
import { bigintToBytes32 } from "../../sdk/private/bytes.ts";
import type { ProofRequest } from "../../sdk/private/proofs/proofRequest.ts";
import { pointsOf } from "../../sdk/private/prover/proofPoints.ts";
import { groth16, proveWithoutThreads, wtns } from "../../sdk/private/prover/snarkjsGroth16.ts";
import type { ProofArgument } from "./privateVerbs.ts";

const MULTIPLY = "0x0000000000000000000000000000000000000007";
const ADD = "0x0000000000000000000000000000000000000006";
const WORD_BYTES = 32;

async function onCurve(
  provider: Provider,
  precompile: string,
  words: readonly bigint[],
): Promise<[bigint, bigint]> {
  const answer = await provider.call({
    to: precompile,
    data: `0x${words.map(wordHex).join("")}`,
  });
  return [BigInt(answer.slice(0, 66)), BigInt(`0x${answer.slice(66)}`)];
}

/** The proof that every key without phase 2, where gamma is delta, takes for any signals: (alpha, beta, −vk_x). */
export async function proofForSkippedPhase(
  provider: Provider,
  { alpha, beta, ic }: VerifierPoints,
  signals: readonly bigint[],
): Promise<ProofArgument> {
  let sum: readonly [bigint, bigint] = ic[0]!;
  for (const [i, signal] of signals.entries()) {
    const term = await onCurve(provider, MULTIPLY, [...ic[i + 1]!, signal]);
    sum = await onCurve(provider, ADD, [...sum, ...term]);
  }
  const [bx, by] = beta;
  const points = [...alpha, bx[1], bx[0], by[1], by[0], sum[0], BASE_FIELD_ORDER - sum[1]];
  return { points: points as ProofArgument["points"], signals: [...signals] };
}

/** What code a verifier would have with a key of which phase 2 was skipped. */
export function skippedPhase(
  program: string,
  points: VerifierPoints,
): { points: VerifierPoints; code: string } {
  const skipped = { ...points, delta: points.gamma };
  const words = [...keyWords(skipped), BigInt(skipped.ic.length - 1)];
  return { points: skipped, code: program + words.map(wordHex).join("") };
}

/**
 * The proof of a prover that writes another number into its witness than the circuit computes.
 * @param signal its place among the public signals
 */
export async function proofOfForgedWitness(
  { circuit, inputs }: ProofRequest,
  signal: number,
  value: bigint,
): Promise<ProofArgument> {
  const { wasm, zkey } = await keysOf(circuit);
  const witness = { type: "mem" as const, data: new Uint8Array() };
  const [wasmBytes, zkeyBytes] = await Promise.all([readFile(wasm), readFile(zkey)]);
  await wtns.calculate(inputs, { type: "mem", data: wasmBytes }, witness, { memorySize: 1 });
  // Numbers are little-endian, and the first is the constant 1.
  const { data } = witness;
  data.set(bigintToBytes32(value).toReversed(), startOfNumbers(data) + (1 + signal) * WORD_BYTES);
  const { proof, publicSignals } = await withoutThreads(() =>
    groth16.prove({ type: "mem", data: zkeyBytes }, witness, { debug: () => undefined }),
  );
  return { points: [...pointsOf(proof)], signals: publicSignals.map(BigInt) };
}

/** Leaves snarkjs as other suites in this process found it. */
async function withoutThreads<T>(work: () => Promise<T>): Promise<T> {
  const globals = globalThis as { curve_bn128?: unknown };
  const before = globals.curve_bn128;
  await proveWithoutThreads();
  try {
    return await work();
  } finally {
    globals.curve_bn128 = before;
  }
}

/** Where the second section of a witness file has its content: 12 bytes before each section, and 12 of the file's own. */
function startOfNumbers(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  return 12 + 12 + Number(view.getBigUint64(16, true)) + 12;
}
