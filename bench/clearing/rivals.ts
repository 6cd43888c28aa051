import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, roundMs } from "../durations.ts";
import type { BenchTable } from "../types.ts";
import { createBook } from "./book.ts";
import { measureWarmMs } from "./offChain.ts";

const PYTHON_VARIABLE = "SEALWATT_RIVALS_PYTHON";
const script = fileURLToPath(new URL("../rivals/gsy_framework_match.py", import.meta.url));

/** gsy-framework's pay-as-bid is quadratic: 10,000 orders take it more than a minute. */
const RUNS: readonly { algorithm: string; orders: number }[] = [
  { algorithm: "pay-as-bid", orders: 100 },
  { algorithm: "pay-as-bid", orders: 1_000 },
  { algorithm: "pay-as-clear", orders: 100 },
  { algorithm: "pay-as-clear", orders: 1_000 },
  { algorithm: "pay-as-clear", orders: 10_000 },
];

const OUR_RUNS = 50;
const RIVAL_TIMEOUT_MS = 120_000;

const TITLE = "Off chain: the same books in gsy-framework (Python)";
const LEMLAB_NOTE =
  "lemlab was NOT run: it is on GitHub only, in no package registry, so that this bench cannot install it.";

interface RivalResult {
  version: string;
  durationsMs: number[];
  trades: number;
}

/** Runs the rival's script; what went wrong comes back as a string. */
function runRival(python: string, algorithm: string, orderCount: number): RivalResult | string {
  const { status, stdout, stderr, error } = spawnSync(python, [script, algorithm], {
    input: JSON.stringify({ orders: createBook(orderCount) }),
    encoding: "utf8",
    timeout: RIVAL_TIMEOUT_MS,
  });
  if (error !== undefined) return error.message;
  if (status !== 0) return stderr.trim().split("\n").at(-1) ?? `exit code ${String(status)}`;
  return JSON.parse(stdout) as RivalResult;
}

/** The matching of gsy-framework on the books of the off-chain bench, where it is installed. */
export async function benchRivals(progress: (line: string) => void): Promise<BenchTable> {
  const python = process.env[PYTHON_VARIABLE];
  if (python === undefined) {
    const note = `gsy-framework was NOT run: set ${PYTHON_VARIABLE} to a Python that has it installed.`;
    progress(note);
    return { title: TITLE, rows: [], notes: [note, LEMLAB_NOTE] };
  }
  const notes: string[] = [];
  const rows: BenchTable["rows"] = [];
  for (const { algorithm, orders } of RUNS) {
    progress(`gsy-framework ${algorithm}, ${orders} orders`);
    const rival = runRival(python, algorithm, orders);
    if (typeof rival === "string") {
      const note = `gsy-framework ${algorithm} was NOT run on ${orders} orders: ${rival}`;
      progress(note);
      notes.push(note);
      continue;
    }
    const rivalMs = median(rival.durationsMs);
    const sealwattMs = median(measureWarmMs(orders, OUR_RUNS).durationsMs);
    rows.push({
      algorithm,
      version: rival.version,
      orders,
      rivalTrades: rival.trades,
      rivalMs: roundMs(rivalMs),
      sealwattMs: roundMs(sealwattMs),
      timesAsFast: Math.round(rivalMs / sealwattMs),
    });
  }
  return { title: TITLE, rows, notes: [...notes, LEMLAB_NOTE] };
}
