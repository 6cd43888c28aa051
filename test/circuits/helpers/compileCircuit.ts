import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { libraryFolders } from "../../../scripts/keys/compileCircuit.ts";
import { sourceHash } from "../../../scripts/keys/sourceHash.ts";

const ROOT = path.join(import.meta.dirname, "..", "..", "..");
const MODULES = path.join(ROOT, "node_modules");
// --O2 would put linear constraints into others, which hides what determines a signal (see determined.ts). What holds
// for one holds for the other.
const OPTIONS = ["--r1cs", "--wasm", "--sym", "--O1"];
const COMPILER = path.join(MODULES, "circom2", "cli.js");

const MUTANT = process.env.SEALWATT_CIRCUITS;
/** Where the circuits are: `scripts/mutate-circuits.ts` gives changed ones. */
export const CIRCUITS = MUTANT ?? path.join(ROOT, "circuits");
const CACHE =
  MUTANT === undefined
    ? path.join(MODULES, ".cache", "sealwatt", "circuits")
    : path.join(MUTANT, "..", "compiled");

/** What the compiler makes of a main file, in one folder. */
export interface CompiledCircuit {
  r1csPath: string;
  symbolsPath: string;
  wasmPath: string;
  /** A CommonJS module. */
  calculatorPath: string;
}

const waiting: (() => void)[] = [];
let running = 0;

/** The machine's compilations at one time: each takes a core. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= Math.min(2, os.availableParallelism())) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running++;
  try {
    return await work();
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function compile(source: string, folder: string): Promise<void> {
  fs.mkdirSync(CACHE, { recursive: true });
  const scratch = fs.mkdtempSync(path.join(CACHE, "new-"));
  try {
    fs.writeFileSync(path.join(scratch, "main.circom"), source);
    const main = path.join(scratch, "main.circom");
    const libraries = libraryFolders(CIRCUITS).flatMap((folder) => ["-l", folder]);
    // The compiler sees the working folder and those above it, by relative paths.
    await promisify(execFile)(
      process.execPath,
      [COMPILER, main, ...OPTIONS, ...libraries, "-o", scratch],
      { cwd: ROOT },
    );
    // Whoever is first is right: both have compiled the same.
    if (!fs.existsSync(folder)) fs.renameSync(scratch, folder);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Compiles a main file, or takes what was compiled of the same sources before.
 * @param source includes are those of `circuits/` and of npm packages
 */
export async function compileCircuit(source: string): Promise<CompiledCircuit> {
  const hash = (await sourceHash(source, CIRCUITS)).update(OPTIONS.join(" ")).digest("hex");
  const folder = path.join(CACHE, hash.slice(0, 24));
  if (!fs.existsSync(folder)) await inTurn(() => compile(source, folder));
  return {
    r1csPath: path.join(folder, "main.r1cs"),
    symbolsPath: path.join(folder, "main.sym"),
    wasmPath: path.join(folder, "main_js", "main.wasm"),
    calculatorPath: path.join(folder, "main_js", "witness_calculator.js"),
  };
}
