// Changes the contracts one operator, constant or statement at a time and counts what the tests notice.
//
//   node scripts/mutate.ts                  a sample of every file, and docs/mutation.md
//   node scripts/mutate.ts --all            every mutant
//   node scripts/mutate.ts --sample 5 Balancing Clearing
//
// Each mutant runs the tests of its file alone, in a scratch copy; most of its time goes into compiling.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { RandomSource } from "../test/helpers/randomSource.ts";
import { KNOWN_SURVIVORS } from "./mutation/knownSurvivors.ts";
import { mutantsOf, type Mutant } from "./mutation/mutants.ts";
import { readOptions } from "./mutation/readOptions.ts";

const ROOT = path.join(import.meta.dirname, "..");
const REPORT = path.join(ROOT, "docs", "mutation.md");
const DEFAULT_SAMPLE = 12;
const TIMEOUT_MS = 240_000;

const UNIT = "test/unit/contracts";
const PRIVATE = `${UNIT}/private`;
const ATTACKS = "test/integration/attacks";
/** The tests that a file's mutants must get past, those that are quickest first. */
const TARGETS: Record<string, string[]> = {
  "libraries/Balancing": [`${UNIT}/libraries/balancing.ts`],
  "libraries/GreenDoubleAuction": [`${UNIT}/libraries/greenDoubleAuction.ts`],
  "libraries/SortedLists": [`${UNIT}/libraries/sortedLists.ts`],
  "libraries/Commitment": [
    `${UNIT}/libraries/commitment.ts`,
    `${UNIT}/Sealing/submitSchedule.ts`,
    `${UNIT}/OrderOpening/openScheduledOrder.ts`,
  ],
  "core/Sealing": [
    `${UNIT}/Sealing/submitOrder.ts`,
    `${UNIT}/Sealing/submitSchedule.ts`,
    `${UNIT}/Mandates/mandates.ts`,
    `${UNIT}/Parameters/scheduleParameters.ts`,
    `${ATTACKS}/freeOption.ts`,
  ],
  "core/OrderOpening": [
    `${UNIT}/OrderOpening/openOrder.ts`,
    `${UNIT}/OrderOpening/openOrders.ts`,
    `${UNIT}/OrderOpening/openScheduledOrder.ts`,
    `${UNIT}/Mandates/mandates.ts`,
  ],
  "core/Clearing": [`${UNIT}/Clearing/clear.ts`, "test/invariant/market.ts"],
  "core/Metering": [
    `${UNIT}/Metering/reportReading.ts`,
    `${UNIT}/Accounts/accounts.ts`,
    `${ATTACKS}/readings.ts`,
  ],
  "core/Settlement": [
    `${UNIT}/Settlement/settle.ts`,
    `${UNIT}/Settlement/settleManyAccounts.ts`,
    `${UNIT}/Ledger/payDues.ts`,
    `${ATTACKS}/leaving.ts`,
    "test/invariant/market.ts",
  ],
  "libraries/NoteTree": [`${UNIT}/libraries/noteTree.ts`],
  "libraries/BabyJubjub": [`${UNIT}/libraries/babyJubjub.ts`],
  "private/Terms": [
    `${PRIVATE}/PrivateMarket/construction.ts`,
    `${PRIVATE}/PlanBook/submitPlan.ts`,
    `${PRIVATE}/PlanBook/refund.ts`,
    `${PRIVATE}/Delivery/reportActual.ts`,
    `${PRIVATE}/Delivery/settle.ts`,
    `${PRIVATE}/Proofs/proofs.ts`,
  ],
  "private/Proofs": [`${PRIVATE}/Proofs/proofs.ts`, `${PRIVATE}/PrivateMarket/construction.ts`],
  "private/AuditKeys": [`${PRIVATE}/AuditKeys/setAuditKey.ts`, `${PRIVATE}/Proofs/proofs.ts`],
  "private/Gateways": [
    `${PRIVATE}/Gateways/setGateway.ts`,
    `${PRIVATE}/NotePool/issueGeneration.ts`,
  ],
  "private/Nullifiers": [`${PRIVATE}/Proofs/proofs.ts`],
  "private/NoteQueue": [
    `${PRIVATE}/NoteQueue/insertLeaves.ts`,
    `${PRIVATE}/NoteQueue/capacity.ts`,
    `${PRIVATE}/Proofs/proofs.ts`,
  ],
  "private/Participants": [
    `${PRIVATE}/Participants/join.ts`,
    `${PRIVATE}/Participants/expel.ts`,
    `${PRIVATE}/Proofs/proofs.ts`,
  ],
  "private/NotePool": [
    `${PRIVATE}/NotePool/deposit.ts`,
    `${PRIVATE}/NotePool/issueGeneration.ts`,
    `${PRIVATE}/NotePool/merge.ts`,
    `${PRIVATE}/NotePool/withdraw.ts`,
    `${PRIVATE}/Proofs/proofs.ts`,
    `${ATTACKS}/privateMarket.ts`,
  ],
  "private/PlanBook": [
    `${PRIVATE}/PlanBook/submitPlan.ts`,
    `${PRIVATE}/PlanBook/refund.ts`,
    `${PRIVATE}/Proofs/proofs.ts`,
  ],
  "private/Matches": [
    `${PRIVATE}/Matches/proposeMatches.ts`,
    `${PRIVATE}/Matches/confirm.ts`,
    `${PRIVATE}/Matches/lapse.ts`,
    `${PRIVATE}/Proofs/proofs.ts`,
  ],
  "private/Delivery": [
    `${PRIVATE}/Delivery/reportActual.ts`,
    `${PRIVATE}/Delivery/settle.ts`,
    `${PRIVATE}/Proofs/proofs.ts`,
  ],
  "private/MatchingRecord": [
    `${PRIVATE}/MatchingRecord/construction.ts`,
    `${PRIVATE}/MatchingRecord/announceEpoch.ts`,
    `${PRIVATE}/MatchingRecord/commitSeed.ts`,
    `${PRIVATE}/MatchingRecord/logOpening.ts`,
    `${PRIVATE}/MatchingRecord/recordVerdicts.ts`,
    `${PRIVATE}/MatchingRecord/packedSlots.ts`,
  ],
};

type Verdict = "killed" | "survived" | "invalid";
interface Result extends Mutant {
  verdict: Verdict;
}

const { sampleSize, names } = readOptions(DEFAULT_SAMPLE);
const targets = Object.entries(TARGETS).filter(
  ([name]) => names.length === 0 || names.includes(path.basename(name)),
);
if (targets.length === 0) {
  console.error(
    `No such file. Name some of ${Object.keys(TARGETS)
      .map((n) => path.basename(n))
      .join(", ")}.`,
  );
  process.exit(2);
}

/** A copy of the project that shares its dependencies. */
function makeScratch(): string {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "sealwatt-mutation-"));
  for (const entry of fs.readdirSync(ROOT)) {
    if (["node_modules", "artifacts", "cache", "coverage", ".git"].includes(entry)) continue;
    fs.cpSync(path.join(ROOT, entry), path.join(scratch, entry), { recursive: true });
  }
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(scratch, "node_modules"));
  return scratch;
}

/** Runs tests in the scratch copy; those that take long by their nature do not count here. */
function runTests(scratch: string, files: readonly string[]): { ok: boolean; output: string } {
  const hardhat = path.join(ROOT, "node_modules", "hardhat", "dist", "src", "cli.js");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [hardhat, "test", "mocha", "--bail", "--grep-exclude", "@long|seed [23]", ...files],
    { cwd: scratch, encoding: "utf8", timeout: TIMEOUT_MS, env: { ...process.env, NO_COLOR: "1" } },
  );
  return { ok: status === 0, output: stdout + stderr };
}

function judge(
  scratch: string,
  file: string,
  source: string,
  mutant: Mutant,
  tests: string[],
): Verdict {
  const lines = source.split("\n");
  lines[mutant.line - 1] = mutant.after;
  fs.writeFileSync(file, lines.join("\n"));
  const { ok, output } = runTests(scratch, tests);
  fs.writeFileSync(file, source);
  if (ok) return "survived";
  return /HHE9\d\d|Compilation failed/.test(output) ? "invalid" : "killed";
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

function writeReport(results: Map<string, Result[]>): void {
  const rows: string[] = [];
  const survivors: string[] = [];
  let [killed, run, explained] = [0, 0, 0];
  for (const [name, all] of results) {
    const valid = all.filter(({ verdict }) => verdict !== "invalid");
    const left = valid.filter(({ verdict }) => verdict === "survived");
    killed += valid.length - left.length;
    run += valid.length;
    rows.push(
      `| \`${name}.sol\` | ${valid.length} | ${valid.length - left.length} | ${left.length} |`,
    );
    for (const { line, before, after, operator } of left) {
      const reason = KNOWN_SURVIVORS[name]?.[after.trim() || `removed: ${before.trim()}`];
      if (reason !== undefined) explained += 1;
      const shown = after === "" ? "(removed)" : `\`${after.trim()}\``;
      survivors.push(
        `| \`${name}.sol:${line}\` | ${operator} | \`${before.trim()}\` | ${shown} | ${reason ?? "not explained yet"} |`.replaceAll(
          "||",
          "\\|\\|",
        ),
      );
    }
  }
  const date = new Date().toISOString().slice(0, 10);
  const score = ((100 * killed) / run).toFixed(1);
  fs.writeFileSync(
    REPORT,
    [
      "# Mutation score",
      "",
      "`npm run mutation` changes the contracts one operator, constant or statement at a time, in a scratch copy, and runs the tests that belong to the changed file. A mutant that no test notices has survived. Mutants that do not compile are left out. `--all` runs every mutant; otherwise each file has a sample, the same at every run.",
      "",
      `Sample of this run: ${sampleSize === Infinity ? "all" : `${sampleSize} a file`}, of ${possible} possible mutants.`,
      "",
      `${date}: **${score}%**, ${killed} of ${run} mutants killed; ${explained} of the others change nothing that can be observed, which leaves ${run - killed - explained}.`,
      "",
      "| file | mutants | killed | survived |",
      "| --- | --- | --- | --- |",
      ...rows,
      "",
      "## Survivors",
      "",
      ...(survivors.length === 0
        ? ["None."]
        : [
            "| where | operator | line | mutant | reason |",
            "| --- | --- | --- | --- | --- |",
            ...survivors,
          ]),
      "",
    ].join("\n"),
  );
}

const scratch = makeScratch();
const results = new Map<string, Result[]>();
let possible = 0;
try {
  for (const [name, tests] of targets) {
    const file = path.join(scratch, "contracts", `${name}.sol`);
    const source = fs.readFileSync(file, "utf8");
    const before = runTests(scratch, tests);
    if (!before.ok) {
      console.error(
        `${name}: the tests fail without a mutant. Make them pass first.\n${before.output}`,
      );
      process.exitCode = 1;
      break;
    }
    const candidates = mutantsOf(source);
    possible += candidates.length;
    const mutants = pickSample(candidates, sampleSize);
    const judged: Result[] = [];
    for (const mutant of mutants) {
      const verdict = judge(scratch, file, source, mutant, tests);
      judged.push({ ...mutant, verdict });
      console.log(
        `${verdict.padEnd(8)} ${name}.sol:${mutant.line} ${mutant.operator}: ${mutant.after.trim()}`,
      );
    }
    results.set(name, judged);
  }
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
if (names.length === 0 && results.size === targets.length) writeReport(results);
const survivors = [...results.values()].flat().filter(({ verdict }) => verdict === "survived");
console.log(`${survivors.length} of ${[...results.values()].flat().length} mutants survived.`);
