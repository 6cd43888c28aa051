// Measures the code size of every contract and the gas that the tests pin by `expectGas`.
//
//   node scripts/snapshot.ts           writes snapshots/bytecode.json and snapshots/gas.json
//   node scripts/snapshot.ts --check   fails where a measurement differs from the committed one
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import hre from "hardhat";
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
const isCheck = process.argv.includes("--check");

/** Lists deployed bytes by contract; a library that is inlined everywhere has no functions of its own. */
async function measureBytecode(): Promise<Snapshot> {
  const sizes: Record<string, number> = {};
  for (const name of await hre.artifacts.getAllFullyQualifiedNames()) {
    if (!name.startsWith("contracts/") || name.includes(".t.sol:")) continue;
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

await hre.tasks.getTask("build").run({ quiet: true });

const bytecode = await measureBytecode();
for (const [name, bytes] of Object.entries(bytecode)) {
  if (bytes <= MAX_CODE_BYTES) continue;
  console.error(
    `${name} has ${bytes} bytes of code, ${bytes - MAX_CODE_BYTES} above what a chain accepts.`,
  );
  process.exitCode = 1;
}
reconcile("bytecode", bytecode);
reconcile("gas", await measureGas());
