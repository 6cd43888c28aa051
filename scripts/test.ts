// Runs the tests, a group of folders at a time on each of two lanes, and sums up. A group's output is shown when it ends,
// and what failed once more at the end.
//
//   node scripts/test.ts [--grep REGEX] [--grep-exclude REGEX] [FILE…]
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

const ROOT = path.join(import.meta.dirname, "..");
const LANES = 2;
/** Those that take longest come first, so that both lanes end at about the same time. What fits none comes last. */
const GROUPS = [
  ["integration/oracle"],
  ["integration/private", "integration/attacks"],
  ["integration/matching", "integration/prover", "integration/keys"],
  ["unit/contracts", "invariant"],
  ["circuits", "integration/clearing"],
  ["unit/scripts"],
  ["unit/oracle"],
  ["unit/sdk"],
];
/** Used by tests, and none themselves. */
const NO_TESTS = ["helpers", "fixtures"];
/** How long a group may go on when its tests are done: what one of them has left running would keep it for ever. */
const LINGER_MS = 60_000;
/** How much is repeated of a group that broke. */
const LAST_LINES = 40;

const { values, positionals } = parseArgs({
  options: { grep: { type: "string" }, "grep-exclude": { type: "string" } },
  allowPositionals: true,
});
const selection = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);

interface Outcome {
  passed: number;
  failed: number;
  pending: number;
  /** What mocha tells of those that failed; the group's last words where it ended otherwise. */
  failures: string;
}

const running = new Set<ChildProcess>();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = 130;
  });
}

function listTests(): string[][] {
  const files = fs
    .readdirSync(path.join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !isIn(file, NO_TESTS))
    .sort();
  const groups = GROUPS.map((folders) => files.filter((file) => isIn(file, folders)));
  const others = files.filter((file) => !isIn(file, GROUPS.flat()));
  return [...groups, others].map((group) => group.map((file) => path.join("test", file)));
}

function isIn(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file.startsWith(`${folder}${path.sep}`));
}

/** @returns all that it wrote, and how it ended */
async function runHardhat(args: readonly string[]): Promise<{ output: string; code: number }> {
  const child = spawn("hardhat", args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const chunks: Buffer[] = [];
  let lingering: NodeJS.Timeout | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (!/^ +\d+ passing \(/m.test(chunk.toString())) return;
      lingering ??= setTimeout(() => {
        chunks.push(Buffer.from("It was ended: something that a test has started still runs.\n"));
        child.kill("SIGKILL");
      }, LINGER_MS);
    });
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
  running.delete(child);
  clearTimeout(lingering);
  return { output: Buffer.concat(chunks).toString("utf8"), code };
}

async function runGroup(files: readonly string[]): Promise<Outcome> {
  const { output, code } = await runHardhat([
    ...["test", "mocha", "--no-compile"],
    ...selection,
    ...files,
  ]);
  process.stdout.write(output);
  const count = (what: string) =>
    Number(new RegExp(`^ +(\\d+) ${what}( \\(.*\\))?$`, "m").exec(output)?.[1] ?? 0);
  const failed = count("failing");
  const results = { passed: count("passing"), pending: count("pending") };
  if (code === 0) return { ...results, failed, failures: "" };
  if (failed > 0)
    return { ...results, failed, failures: output.replace(/^[^]*^ +\d+ failing$/m, "") };
  const lastWords = output.split("\n").slice(-LAST_LINES).join("\n");
  const failures = `These ended with code ${code}: ${files.join(" ")}\n${lastWords}`;
  return { ...results, failed: 1, failures };
}

const startedMs = performance.now();
const { output, code } = await runHardhat(["build", "--quiet"]);
if (code !== 0) {
  process.stderr.write(output);
  process.exit(code);
}
const groups = positionals.length > 0 ? [positionals] : listTests();
const queue = groups.filter((files) => files.length > 0).values();
const outcomes: Outcome[] = [];
await Promise.all(
  Array.from({ length: LANES }, async () => {
    for (const files of queue) outcomes.push(await runGroup(files));
  }),
);
const sum = (part: (outcome: Outcome) => number) =>
  outcomes.reduce((total, outcome) => total + part(outcome), 0);
const failed = sum((outcome) => outcome.failed);
console.log(
  `\n${sum(({ passed }) => passed)} passing (${Math.round((performance.now() - startedMs) / 1000)} s)`,
);
console.log(`  ${sum(({ pending }) => pending)} pending`);
if (failed > 0) {
  console.log(`${failed} failing`);
  for (const { failures } of outcomes) process.stdout.write(failures);
  process.exitCode ??= 1;
}
