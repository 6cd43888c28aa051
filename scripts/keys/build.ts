// Makes the development keys of the circuits and the verifiers of their proofs:
//   node scripts/keys/build.ts [NAME…] [--cache FOLDER] [--verifiers FOLDER] [--check]
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { BaseError } from "../../sdk/errors.ts";
import type { CircuitKeys } from "./buildCircuit.ts";
import { checkVerifier } from "./checkVerifier.ts";
import { circuitKeys } from "./circuitKeys.ts";
import { solidityVerifier, verifierName } from "./solidityVerifier.ts";

const VERIFIERS = path.resolve(import.meta.dirname, "../../contracts/verifiers");

/** @returns whether the file was as it is to be */
async function writeVerifier(
  { name, zkey }: CircuitKeys,
  folder: string,
  isCheck: boolean,
): Promise<boolean> {
  const file = path.join(folder, `${verifierName(name)}.sol`);
  const source = await solidityVerifier(name, zkey);
  await checkVerifier(source, file);
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present === source || isCheck) return present === source;
  await mkdir(folder, { recursive: true });
  await writeFile(file, source);
  return false;
}

async function build(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cache: { type: "string" },
      verifiers: { type: "string", default: VERIFIERS },
      check: { type: "boolean", default: false },
    },
  });
  const startedMs = performance.now();
  const seconds = (durationMs: number) => (durationMs / 1000).toFixed(1);
  const built = new Set<string>();
  const keys = await circuitKeys(positionals, {
    ...(values.cache !== undefined && { cache: values.cache }),
    onBuilt: ({ name }, durationMs) => {
      built.add(name);
      console.error(`keys: ${name} compiled and keyed in ${seconds(durationMs)} s`);
    },
  });
  const stale: string[] = [];
  for (const key of keys)
    if (!(await writeVerifier(key, values.verifiers, values.check))) stale.push(key.name);
  if (values.check && stale.length > 0) {
    console.error(
      `keys: the verifiers of ${stale.join(", ")} are not those of the circuits. Run node scripts/keys/build.ts.`,
    );
    process.exitCode = 1;
  }
  const sizes = await Promise.all(keys.map(async ({ zkey }) => (await stat(zkey)).size));
  const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
  console.error(
    `keys: ${keys.length} circuits, ${built.size} built, ${megabytes.toFixed(1)} MB of proving keys, ` +
      `${seconds(performance.now() - startedMs)} s`,
  );
}

try {
  await build();
} catch (error) {
  if (!(error instanceof BaseError)) throw error;
  console.error(`keys: ${error.message}`);
  process.exitCode = 2;
}
