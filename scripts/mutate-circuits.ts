// Removes the circuits' constraints one at a time and counts what the tests notice.
//
//   node scripts/mutate-circuits.ts                  a sample of every file
//   node scripts/mutate-circuits.ts --all            every constraint
//   node scripts/mutate-circuits.ts --sample 5 memo withdraw
//
// Each mutant runs the tests of its file alone. It ends with 1 where a constraint can go unnoticed and KNOWN_SURVIVORS
// does not say why, and where the tests took too long to tell.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { RandomSource } from "../test/helpers/randomSource.ts";
import { readOptions } from "./mutation/readOptions.ts";

const ROOT = path.join(import.meta.dirname, "..");
const CIRCUITS = path.join(ROOT, "circuits");
const DEFAULT_SAMPLE = 3;
const TIMEOUT_MS = 300_000;

/** Constraints that nobody can be shown to need, with the reason for having them. */
const UNFORGEABLE =
  "nobody knows how to sign for a point off the curve, since the hash fixes it first; circomlib's formulas promise nothing for it";
const KNOWN_SURVIVORS: Readonly<Record<string, string>> = {
  "lib/authorisation.circom: BabyCheck()(spendKey[0], spendKey[1]);": UNFORGEABLE,
  "lib/authorisation.circom: BabyCheck()(signatureR[0], signatureR[1]);": UNFORGEABLE,
  "lib/attestation.circom: BabyCheck()(gatewayKey[0], gatewayKey[1]);": UNFORGEABLE,
  "lib/attestation.circom: BabyCheck()(signatureR[0], signatureR[1]);": UNFORGEABLE,
};

interface Mutant {
  /** Counted from 1. */
  line: number;
  statement: string;
  source: string;
}

type Verdict = "killed" | "survived" | "invalid" | "slow";

/** Checks that are components without an output. */
const CHECK =
  /^(?:Range|KeyPoint|BabyCheck|OwnPlan|Authorisation|Attestation|EdDSAPoseidonVerifier)\(/;

/** A source without one of its constraints: a check is left out, or a signal assigned and not constrained. */
function mutantsOf(source: string): Mutant[] {
  const mutants: Mutant[] = [];
  // A statement of a template's body, which may take several lines.
  for (const { 0: statement, index } of source.matchAll(/^ {4,}[^/\s{}][^;{}]*;/gm)) {
    const text = statement.trim();
    let replacement: string;
    if (text.includes("===") || CHECK.test(text)) replacement = "";
    else if (text.includes("<==")) replacement = statement.replace("<==", "<--");
    else continue;
    mutants.push({
      line: source.slice(0, index).split("\n").length,
      statement: text.replace(/\s+/g, " "),
      source: source.slice(0, index) + replacement + source.slice(index + statement.length),
    });
  }
  return mutants;
}

function pickSample(mutants: readonly Mutant[], size: number): Mutant[] {
  const random = new RandomSource(mutants.length);
  return mutants
    .map((mutant) => ({ mutant, key: random.integer(0, 2 ** 30) }))
    .sort((a, b) => a.key - b.key)
    .slice(0, size)
    .map(({ mutant }) => mutant)
    .sort((a, b) => a.line - b.line);
}

function judge(circuits: string, test: string): Verdict {
  const mocha = path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [mocha, "--bail", "--grep", "@long", "--invert", test],
    {
      cwd: ROOT,
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      env: { ...process.env, SEALWATT_CIRCUITS: circuits },
    },
  );
  if (status === 0) return "survived";
  if (/error\[[TP]/.test(stdout + stderr)) return "invalid";
  // A machine that is too busy kills nothing.
  return status === null || stdout.includes("Timeout of ") ? "slow" : "killed";
}

const { sampleSize, names } = readOptions(DEFAULT_SAMPLE);
const files = fs
  .readdirSync(CIRCUITS, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".circom"))
  .filter((file) => names.length === 0 || names.includes(path.basename(file, ".circom")))
  .sort();
if (files.length === 0) {
  console.error("No such circuit. Name files of circuits/ without their ending.");
  process.exit(2);
}

// The compiler includes files below its working folder only.
const CACHE = path.join(ROOT, "node_modules", ".cache", "sealwatt");
fs.mkdirSync(CACHE, { recursive: true });
const scratch = fs.mkdtempSync(path.join(CACHE, "mutants-"));
let [run, unexplained] = [0, 0];
try {
  const circuits = path.join(scratch, "circuits");
  fs.cpSync(CIRCUITS, circuits, { recursive: true });
  for (const file of files) {
    const source = fs.readFileSync(path.join(CIRCUITS, file), "utf8");
    const mutants = mutantsOf(source);
    for (const { line, statement, source: mutated } of pickSample(mutants, sampleSize)) {
      fs.writeFileSync(path.join(circuits, file), mutated);
      const test = path.join("test", "circuits", file.replace(/\.circom$/, ".ts"));
      const verdict = judge(circuits, test);
      fs.rmSync(path.join(scratch, "compiled"), { recursive: true, force: true });
      if (verdict === "invalid") continue;
      run += 1;
      const reason = KNOWN_SURVIVORS[`${file}: ${statement}`];
      if (verdict !== "killed" && reason === undefined) unexplained += 1;
      const note = verdict === "survived" ? ` (${reason ?? "not explained yet"})` : "";
      console.log(`${verdict} circuits/${file}:${line} ${statement}${note}`);
    }
    fs.writeFileSync(path.join(circuits, file), source);
  }
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
console.log(`${run} constraints removed, ${unexplained} of them without a test that notices.`);
process.exitCode = unexplained === 0 ? 0 : 1;
