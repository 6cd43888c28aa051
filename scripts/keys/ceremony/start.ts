import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import circom from "circom2/package.json" with { type: "json" };
import * as snarkjs from "snarkjs";
import { chooseCircuits, mainComponent, type CircuitManifest } from "../circuitManifest.ts";
import { compileCircuit } from "../compileCircuit.ts";
import { domainPower, readR1cs } from "../r1cs.ts";
import { CeremonyError } from "./ceremonyError.ts";
import { readContributions } from "./contributions.ts";
import { checkPowersOfTau, hashFile } from "./powersOfTau.ts";
import { SnarkjsLog } from "./snarkjsLog.ts";
import { circuitFolder, keyFile, writeTranscript, type Transcript } from "./transcript.ts";

export const COMPILER = `circom2 ${circom.version}`;

export interface StartOptions {
  folder: string;
  manifest: CircuitManifest;
  /** Circuits of the manifest; all of them where there is none. */
  names: readonly string[];
  powersOfTau: string;
  powersOfTauHash?: string | undefined;
  onStep: (line: string) => void;
}

/** Makes the keys that contributions begin with. */
export async function startCeremony(options: StartOptions): Promise<Transcript> {
  const { folder, manifest, names, powersOfTau, powersOfTauHash, onStep } = options;
  if (existsSync(folder))
    throw new CeremonyError(`${folder} is there already.`, {
      metaMessages: ["Give another folder with --folder; a ceremony is never started over."],
    });
  const circuits = chooseCircuits(manifest, names);
  const phase1 = await checkPowersOfTau(powersOfTau, powersOfTauHash);
  const transcript: Transcript = {
    version: 1,
    started: new Date().toISOString(),
    compiler: COMPILER,
    powersOfTau: phase1,
    circuits: {},
    contributions: [],
    finished: null,
  };
  await mkdir(folder, { recursive: true });
  try {
    for (const circuit of circuits) {
      const { name } = circuit;
      const place = circuitFolder(folder, name);
      await compileCircuit(name, mainComponent(circuit), manifest.folder, place);
      const r1csFile = path.join(place, "circuit.r1cs");
      const r1cs = readR1cs(await readFile(r1csFile));
      if (domainPower(r1cs) > phase1.power)
        throw new CeremonyError(
          `${name} needs powers of tau up to 2^${domainPower(r1cs)}, and ${powersOfTau} ends at 2^${phase1.power}.`,
          { metaMessages: ["Take a larger file of the same ceremony."] },
        );
      const key = keyFile(folder, name, 0);
      const log = new SnarkjsLog();
      const outcome: unknown = await snarkjs.zKey.newZKey(r1csFile, powersOfTau, key, log);
      if (!(outcome instanceof Uint8Array))
        throw log.failure(`No key of ${name} can be made from ${powersOfTau}.`, [
          "Take a file that is prepared for phase 2.",
        ]);
      transcript.circuits[name] = {
        r1csSha256: await hashFile(r1csFile, "sha256"),
        constraints: r1cs.constraintCount,
        publicSignals: r1cs.publicSignals,
        circuitHash: (await readContributions(await readFile(key))).circuitHash,
        initialKeySha256: await hashFile(key, "sha256"),
      };
      onStep(`${name}: ${r1cs.constraintCount} constraints, first key made`);
    }
    await writeTranscript(folder, transcript);
  } catch (error) {
    // The folder is ours: it was not there before.
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return transcript;
}
