import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buildCircuit, type CircuitKeys } from "../../scripts/keys/buildCircuit.ts";
import { readCircuitManifest } from "../../scripts/keys/circuitManifest.ts";
import { DEVELOPMENT_SEED } from "../../scripts/keys/setupSecrets.ts";

export const FIXTURE_CIRCUITS = path.resolve(
  import.meta.dirname,
  "../fixtures/circuits/circuits.json",
);

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes with the process. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "sealwatt-keys-"));
  folders.push(folder);
  return folder;
}

let keys: Promise<{ power: CircuitKeys; highPower: CircuitKeys }> | undefined;

/** Development keys of the circuits of test/fixtures/circuits, built once. */
export function fixtureKeys(): Promise<{ power: CircuitKeys; highPower: CircuitKeys }> {
  return (keys ??= buildFixtureKeys());
}

async function buildFixtureKeys() {
  const { folder: circuits, circuits: entries } = await readCircuitManifest(FIXTURE_CIRCUITS);
  const cache = await temporaryFolder();
  const [power, highPower] = await Promise.all(
    entries.map((circuit) => buildCircuit({ circuit, circuits, cache, seed: DEVELOPMENT_SEED })),
  );
  return { power: power!, highPower: highPower! };
}
