// Measures the code size of every contract, the gas that the tests pin by `expectGas`, and every circuit's constraints.
//
//   node scripts/snapshot.ts           writes snapshots/bytecode.json, gas.json and constraints.json
//   node scripts/snapshot.ts --check   fails where a measurement differs from the committed one
//   node scripts/snapshot.ts --only constraints
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import hre from "hardhat";
import { listExcess, measureConstraints } from "./measureConstraints.ts";
import {
  listDrift,
  readSnapshot,
  SNAPSHOTS_DIR,
  writeSnapshot,
  type Snapshot,
} from "./snapshotFile.ts";

/** EIP-170: a chain refuses to deploy more. */
const MAX_CODE_BYTES = 24_576;

const ROOT = path.join(import.meta.dirname, "..");
const { values: options } = parseArgs({
  options: { check: { type: "boolean" }, only: { type: "string" } },
});
const isCheck = options.check === true;
const KINDS = ["bytecode", "gas", "constraints"];
if (options.only !== undefined && !KINDS.includes(options.only)) {
  console.error(`--only is ${options.only}. Give one of ${KINDS.join(", ")}.`);
  process.exit(2);
}
const isWanted = (kind: string) => options.only === undefined || options.only === kind;

/** Lists deployed bytes by contract; a library that is inlined everywhere has no functions of its own. */
async function measureBytecode(): Promise<Snapshot> {
  const sizes: Record<string, number> = {};
  for (const name of await hre.artifacts.getAllFullyQualifiedNames()) {
    if (!name.startsWith("contracts/") || name.includes(".t.sol:")) continue;
    // They deploy the code of Groth16Code with a key, and not what the compiler made of them.
    if (name.startsWith("contracts/verifiers/")) continue;
    const { abi, deployedBytecode } = await hre.artifacts.readArtifact(name);
    const isCallable = abi.some(({ type }: { type: string }) =>
      ["function", "receive", "fallback"].includes(type),
    );
    const bytes = (deployedBytecode.length - 2) / 2;
    if (isCallable && bytes > 0) sizes[name] = bytes;
  }
  return sizes;
}

/** Finds the tests that pin gas. */
function findGasTests(): string[] {
  return fs
    .readdirSync(path.join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join(ROOT, "test", file))
    .filter((file) => fs.readFileSync(file, "utf8").includes('/gasSnapshot.ts"'));
}

/** Runs the tests that pin gas in recording mode and reads what they recorded. */
async function measureGas(): Promise<Snapshot> {
  const testFiles = findGasTests();
  if (testFiles.length === 0) return {};
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "sealwatt-gas-"));
  try {
    const recording = path.join(directory, "gas.json");
    process.env.UPDATE_SNAPSHOTS = "1";
    process.env.GAS_SNAPSHOT_FILE = recording;
    const result = (await hre.tasks
      .getTask(["test", "mocha"])
      .run({ testFiles, noCompile: true })) as { success: boolean };
    if (!result.success)
      throw new Error("the tests that pin gas fail, so there is nothing to record");
    return readSnapshot(recording);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

function reconcile(name: string, measured: Snapshot): void {
  const file = path.join(SNAPSHOTS_DIR, `${name}.json`);
  const drift = listDrift(readSnapshot(file), measured);
  for (const line of drift) console.log(`${name}: ${line}`);
  if (drift.length === 0) {
    console.log(`${name}: ${Object.keys(measured).length} measurements, unchanged`);
  } else if (isCheck) {
    console.error(
      `snapshots/${name}.json is out of date: ${drift.length} differences, listed above.`,
    );
    console.error("If they are meant, run `npm run snapshot` and commit the file.");
    process.exitCode = 1;
  } else {
    writeSnapshot(file, measured);
  }
}

/** Fails for what no chain takes, and what the manifest does not allow. */
function refuse(excess: readonly string[]): void {
  for (const line of excess) console.error(line);
  if (excess.length > 0) process.exitCode = 1;
}

if (isWanted("bytecode") || isWanted("gas")) await hre.tasks.getTask("build").run({ quiet: true });

if (isWanted("bytecode")) {
  const bytecode = await measureBytecode();
  refuse(
    Object.entries(bytecode)
      .filter(([, bytes]) => bytes > MAX_CODE_BYTES)
      .map(
        ([name, bytes]) =>
          `${name} has ${bytes} bytes of code, ${bytes - MAX_CODE_BYTES} above what a chain accepts.`,
      ),
  );
  reconcile("bytecode", bytecode);
}
if (isWanted("gas")) reconcile("gas", await measureGas());
if (isWanted("constraints")) {
  const constraints = await measureConstraints();
  refuse(await listExcess(constraints));
  reconcile("constraints", constraints);
}
