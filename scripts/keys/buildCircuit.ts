import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { mainComponent, type CircuitEntry } from "./circuitManifest.ts";
import { compileCircuit } from "./compileCircuit.ts";
import { KeyMaker } from "./developmentKey.ts";
import { sourceHash } from "./sourceHash.ts";
import { readVerificationKey } from "./verificationKey.ts";

/** Where the parts of a circuit are that provers and verifiers need. */
export interface CircuitKeys {
  name: string;
  folder: string;
  r1cs: string;
  wasm: string;
  zkey: string;
  verificationKey: string;
}

export interface BuildRequest {
  circuit: CircuitEntry;
  /** The folder of the circuits. */
  circuits: string;
  /** Where keys are kept. */
  cache: string;
  seed: string;
}

/** To be raised where another key comes out of the same circuit and seed. */
const KEY_VERSION = 1;

/** Where a circuit's keys are, or will be. */
export async function locateKeys(request: BuildRequest): Promise<CircuitKeys> {
  const { circuit, circuits, cache, seed } = request;
  const hash = await sourceHash(mainComponent(circuit), circuits);
  const id = hash
    .update(JSON.stringify([KEY_VERSION, seed]))
    .digest("hex")
    .slice(0, 16);
  return keysIn(circuit.name, path.join(cache, `${circuit.name}-${id}`));
}

function keysIn(name: string, folder: string): CircuitKeys {
  return {
    name,
    folder,
    r1cs: path.join(folder, "circuit.r1cs"),
    wasm: path.join(folder, "circuit.wasm"),
    zkey: path.join(folder, "circuit.zkey"),
    verificationKey: path.join(folder, "verification_key.json"),
  };
}

export function hasKeys({ folder }: CircuitKeys): boolean {
  // A folder appears with all that belongs in it.
  return existsSync(folder);
}

let keyMaker: Promise<KeyMaker> | undefined;

/** Compiles a circuit and makes its development key, where both are not there yet. */
export async function buildCircuit(request: BuildRequest): Promise<CircuitKeys> {
  const { circuit, circuits, cache, seed } = request;
  const keys = await locateKeys(request);
  if (hasKeys(keys)) return keys;
  await mkdir(cache, { recursive: true });
  const work = keysIn(circuit.name, await mkdtemp(path.join(cache, `.${circuit.name}-`)));
  try {
    await compileCircuit(circuit.name, mainComponent(circuit), circuits, work.folder);
    const maker = await (keyMaker ??= KeyMaker.create());
    const zkey = maker.developmentKey(await readFile(work.r1cs), seed);
    await writeFile(work.zkey, zkey);
    await writeFile(
      work.verificationKey,
      `${JSON.stringify(await readVerificationKey(zkey), undefined, 2)}\n`,
    );
    await rename(work.folder, keys.folder).catch((error: unknown) => {
      // Another process was faster, with the same outcome.
      if (!hasKeys(keys)) throw error;
    });
  } finally {
    await rm(work.folder, { recursive: true, force: true });
  }
  return keys;
}
