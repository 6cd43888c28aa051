import { readFile } from "node:fs/promises";
import { circuitKeys } from "./keys/circuitKeys.ts";
import { CIRCUIT_MANIFEST } from "./keys/circuitManifest.ts";
import { readR1cs } from "./keys/r1cs.ts";
import type { Snapshot } from "./snapshotFile.ts";

/** Lists the constraints of every circuit, as its keys were made of. Only what has no keys yet is compiled. */
export async function measureConstraints(): Promise<Snapshot> {
  const keys = await circuitKeys();
  const counts = keys.map(async ({ name, r1cs }) => {
    const { constraintCount } = readR1cs(await readFile(r1cs));
    return [name, constraintCount] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

/** Says of each circuit that has more constraints than the manifest allows by how many. */
export async function listExcess(constraints: Snapshot): Promise<string[]> {
  const manifest = JSON.parse(await readFile(CIRCUIT_MANIFEST, "utf8")) as Record<
    string,
    { maxConstraints: number }
  >;
  return Object.entries(constraints).flatMap(([name, count]) => {
    const { maxConstraints } = manifest[name]!;
    if (count <= maxConstraints) return [];
    const excess = count - maxConstraints;
    return [`${name} has ${count} constraints, ${excess} above its limit in circuits.json.`];
  });
}
