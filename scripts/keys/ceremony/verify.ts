import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as snarkjs from "snarkjs";
import { chooseCircuits, mainComponent, type CircuitManifest } from "../circuitManifest.ts";
import { compileCircuit } from "../compileCircuit.ts";
import { CeremonyError } from "./ceremonyError.ts";
import { checkKey } from "./contribute.ts";
import { readContributions } from "./contributions.ts";
import { checkPowersOfTau, hashFile } from "./powersOfTau.ts";
import { SnarkjsLog } from "./snarkjsLog.ts";
import { COMPILER } from "./start.ts";
import { circuitFolder, keyFile, readTranscript, type Transcript } from "./transcript.ts";

export interface VerifyOptions {
  folder: string;
  manifest: CircuitManifest;
  powersOfTau: string;
  onStep: (line: string) => void;
}

/**
 * Checks a ceremony from the circuits' sources on: that phase 1 is the one of the transcript, that the
 * circuits are those of this repository, that each newest key follows from both by the contributions
 * that the transcript tells of.
 */
export async function verifyCeremony(options: VerifyOptions): Promise<Transcript> {
  const { folder, manifest, powersOfTau, onStep } = options;
  const transcript = await readTranscript(folder);
  await checkPowersOfTau(powersOfTau, transcript.powersOfTau.blake2b512);
  // As bytes: snarkjs leaves files open here.
  const phase1 = await readFile(powersOfTau);
  for (const circuit of chooseCircuits(manifest, Object.keys(transcript.circuits))) {
    const { name } = circuit;
    await checkKey(folder, transcript, name);
    const work = await mkdtemp(path.join(os.tmpdir(), "sealwatt-ceremony-"));
    try {
      await compileCircuit(name, mainComponent(circuit), manifest.folder, work);
      await checkCircuit(folder, transcript, name, work);
      await checkContributions(folder, transcript, name);
      const key = keyFile(folder, name, transcript.contributions.length);
      const log = new SnarkjsLog();
      const r1cs = path.join(work, "circuit.r1cs");
      const bytes = await readFile(key);
      if (!(await snarkjs.zKey.verifyFromR1cs(r1cs, phase1, bytes, log)))
        throw log.failure(`${key} does not follow from its circuit and the contributions to it.`, [
          "Go back to the last key that does.",
        ]);
    } finally {
      await rm(work, { recursive: true });
    }
    onStep(`${name}: ${transcript.contributions.length} contributions are as the transcript says`);
  }
  return transcript;
}

async function checkCircuit(
  folder: string,
  { circuits, compiler }: Transcript,
  name: string,
  compiled: string,
): Promise<void> {
  const r1cs = await hashFile(path.join(compiled, "circuit.r1cs"), "sha256");
  const wasm = await hashFile(path.join(compiled, "circuit.wasm"), "sha256");
  if (
    r1cs === circuits[name]!.r1csSha256 &&
    wasm === (await hashFile(compiledWasm(folder, name), "sha256"))
  )
    return;
  throw new CeremonyError(`The ceremony's ${name} is not the circuit of this repository.`, {
    metaMessages: [
      compiler === COMPILER
        ? "Check out the commit that the ceremony is for."
        : `It was compiled with ${compiler}, here is ${COMPILER}: install that one.`,
    ],
  });
}

async function checkContributions(
  folder: string,
  { circuits, contributions }: Transcript,
  name: string,
): Promise<void> {
  const file = keyFile(folder, name, contributions.length);
  const recorded = await readContributions(await readFile(file));
  const told = contributions.map(({ contributor, beacon, keys }) => ({
    name: contributor,
    hash: keys[name]?.contributionHash,
    beacon: beacon && { hash: beacon.hash, iterationsExponent: beacon.iterationsExponent },
  }));
  const found = recorded.contributions.map((contribution) => ({
    ...contribution,
    beacon: contribution.beacon ?? null,
  }));
  if (
    recorded.circuitHash !== circuits[name]!.circuitHash ||
    JSON.stringify(told) !== JSON.stringify(found)
  )
    throw new CeremonyError(`${file} has other contributions than the transcript tells of.`, {
      metaMessages: [
        `It has ${found.map((contribution) => contribution.name).join(", ") || "none"}.`,
      ],
    });
}

/** What calculates a circuit's witnesses. */
export function compiledWasm(folder: string, circuit: string): string {
  return path.join(circuitFolder(folder, circuit), "circuit.wasm");
}
