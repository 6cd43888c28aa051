// Makes the development keys of the circuits, the verifiers of their proofs, and the names of their signals:
//   node scripts/keys/build.ts [NAME…] [--check] [--circuits FILE] [--cache FOLDER] [--verifiers FOLDER]
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { BaseError } from "../../sdk/errors.ts";
import type { CircuitKeys } from "./buildCircuit.ts";
import { checkVerifier } from "./checkVerifier.ts";
import { circuitKeys } from "./circuitKeys.ts";
import { chooseCircuits, readCircuitManifest, type CircuitEntry } from "./circuitManifest.ts";
import { gettersName, solidityGetters } from "./solidityGetters.ts";
import { solidityVerifier, verifierName, VERIFIERS } from "./solidityVerifier.ts";
import type { VerificationKey } from "./verificationKey.ts";

/** The contracts of a circuit, by their files. */
async function contractsOf(circuit: CircuitEntry, keys: CircuitKeys): Promise<Map<string, string>> {
  const { name, signals } = circuit;
  const key = JSON.parse(await readFile(keys.verificationKey, "utf8")) as VerificationKey;
  if (key.nPublic !== signals.length)
    throw new BaseError(`${name} has ${key.nPublic} public signals, its entry ${signals.length}.`, {
      metaMessages: ["List them in circuits/circuits.json, outputs first."],
    });
  const verifier = solidityVerifier(name, key, "development");
  await checkVerifier(verifier, verifierName(name));
  return new Map([
    [`${verifierName(name)}.sol`, verifier],
    [`${gettersName(name)}.sol`, solidityGetters(circuit)],
  ]);
}

/** @returns the files that were not as they are to be; undefined is one that is not to be */
async function findStale(
  folder: string,
  contracts: ReadonlyMap<string, string>,
  isComplete: boolean,
): Promise<Map<string, string | undefined>> {
  const stale = new Map<string, string | undefined>();
  for (const [file, source] of contracts) {
    const present = await readFile(path.join(folder, file), "utf8").catch(() => undefined);
    if (present !== source) stale.set(file, source);
  }
  if (!isComplete) return stale;
  for (const file of await readdir(folder).catch(() => []))
    if (file.endsWith(".sol") && !contracts.has(file)) stale.set(file, undefined);
  return stale;
}

async function writeStale(
  folder: string,
  stale: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [file, source] of stale) {
    if (source === undefined) await rm(path.join(folder, file));
    else await writeFile(path.join(folder, file), source);
    console.error(`keys: ${file} ${source === undefined ? "removed" : "written"}`);
  }
}

async function build(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      circuits: { type: "string" },
      cache: { type: "string" },
      verifiers: { type: "string", default: VERIFIERS },
      check: { type: "boolean", default: false },
    },
  });
  const startedMs = performance.now();
  const seconds = (durationMs: number) => (durationMs / 1000).toFixed(1);
  const manifest = await readCircuitManifest(values.circuits);
  const circuits = chooseCircuits(manifest, positionals);
  let built = 0;
  const keys = await circuitKeys(positionals, {
    manifest,
    ...(values.cache !== undefined && { cache: values.cache }),
    onBuilt: ({ name }, durationMs) => {
      built++;
      console.error(`keys: ${name} compiled and keyed in ${seconds(durationMs)} s`);
    },
  });
  const contracts = new Map<string, string>();
  for (const [index, circuit] of circuits.entries())
    for (const [file, source] of await contractsOf(circuit, keys[index]!))
      contracts.set(file, source);
  const stale = await findStale(values.verifiers, contracts, positionals.length === 0);
  if (!values.check) await writeStale(values.verifiers, stale);
  else if (stale.size > 0) {
    console.error(
      `keys: ${[...stale.keys()].join(", ")} in ${values.verifiers} do not follow from the circuits. ` +
        "Run `npm run keys`, and commit what it writes.",
    );
    process.exitCode = 1;
  }
  const sizes = await Promise.all(keys.map(async ({ zkey }) => (await stat(zkey)).size));
  const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
  console.error(
    `keys: ${keys.length} circuits, ${built} built, ${megabytes.toFixed(1)} MB of proving keys, ` +
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
