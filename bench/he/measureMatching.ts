import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { HeKeys } from "../../sdk/private/matching/heKeys.ts";
import { hasRedis, RedisServer } from "../../test/helpers/redis.ts";
import type { BenchTable } from "../types.ts";
import type { BookSize } from "./book.ts";
import type { Measured, MeasureTask } from "./measure.ts";
import { storeBook } from "./storeBook.ts";

/** A row: so many threads of the matcher, or worker processes of one thread each. */
export type MatchingRun = BookSize & { targetS?: number } & (
    { threads: number; workers?: never } | { workers: number; threads?: never }
  );

interface Row extends MatchingResult {
  run: MatchingRun;
}

interface MatchingResult extends Measured {
  totalS: number;
  load: number;
}

const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));
const TARGET_MB = 2_000;
const LEAST_SPEED_UP = 1.8;
const TOKEN = "only-for-this-bench-0123456789abcdef";
const MOST_OUTPUT_BYTES = 2 ** 20;

/** Measures matching as a service does it. @returns tables, and the noise of the first row with the most plans */
export async function measureMatching(
  keys: HeKeys,
  progress: (line: string) => void,
  runs: readonly MatchingRun[],
): Promise<{ tables: BenchTable[]; noise: Pick<Measured, "budgets" | "limitBudgets"> }> {
  const redis = hasRedis() ? await RedisServer.start() : undefined;
  const books = new Map<string, string>();
  const rows: Row[] = [];
  try {
    for (const run of runs) {
      const { plans, weights } = run;
      if (run.workers !== undefined && redis === undefined) {
        progress("SKIPPED: there is no Redis; on Debian, apt-get install redis-server");
        continue;
      }
      const book = `${plans} ${weights}`;
      if (!books.has(book)) {
        progress(`encrypting ${plans} bids and ${plans} offers, ${weights} weights`);
        const folder = mkdtempSync(join(tmpdir(), "sealwatt-he-"));
        books.set(book, folder);
        await storeBook(folder, { plans, weights }, keys);
      }
      progress(`matching them on ${placeOf(run)}`);
      rows.push({ run, ...(await measure(run, books.get(book)!, redis?.url)) });
    }
  } finally {
    await redis?.halt();
    for (const folder of books.values()) rmSync(folder, { recursive: true });
  }
  const most = Math.max(...rows.map(({ run }) => run.plans));
  const noise = rows.find(({ run }) => run.plans === most)!;
  const spread = rows.filter(({ run }) => run.workers !== undefined);
  return { tables: [matchingTable(rows), ...speedUpTable(spread)], noise };
}

async function measure(
  { plans, weights, threads = 1, workers }: MatchingRun,
  folder: string,
  redisUrl = "",
): Promise<MatchingResult> {
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
  const task: MeasureTask = { folder, plans, weights, threads };
  if (workers !== undefined) task.spread = { workers, redisUrl, tokenFile };
  const args = [MEASURE, JSON.stringify(task)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    maxBuffer: MOST_OUTPUT_BYTES,
  });
  const measured = JSON.parse(stdout) as Measured;
  const { checkS, packS, squaresS, ranksS } = measured;
  const totalS = checkS + packS + (squaresS ?? 0) + ranksS;
  return { ...measured, totalS, load: loadavg()[0]! };
}

const placeOf = ({ threads, workers }: MatchingRun): string =>
  workers === undefined ? count(threads, "thread") : count(workers, "worker process");

function count(number: number, what: string): string {
  const ending = what.endsWith("s") ? "es" : "s";
  return `${number} ${what}${number === 1 ? "" : ending}`;
}

const rounded = (figure: number): number => Number(figure.toPrecision(3));
const verdict = (isMet: boolean): string => (isMet ? "yes" : "NO");

function matchingTable(rows: readonly Row[]): BenchTable {
  return {
    title:
      "Plans by plans with eight features and the price as a limit, from stored ciphertexts to ranks",
    rows: rows.map(({ run, ...row }) => ({
      plans: `${run.plans.toLocaleString("en")} × ${run.plans.toLocaleString("en")}`,
      weights: run.weights,
      on: placeOf(run),
      checkS: rounded(row.checkS),
      packS: rounded(row.packS),
      squaresS: row.squaresS === null ? null : rounded(row.squaresS),
      ranksS: rounded(row.ranksS),
      totalS: rounded(row.totalS),
      targetS: run.targetS ?? null,
      met: run.targetS === undefined ? "" : verdict(row.totalS <= run.targetS),
      processorS: rounded(row.processorS),
      rightRanks: `${row.rightRanks} of ${run.plans}`,
      peakMb: Math.round(row.peakMb),
      ofMb: TARGET_MB,
      fits: verdict(row.peakMb <= TARGET_MB),
      startS: rounded(row.startS),
      load: Number(row.load.toPrecision(2)),
    })),
    notes: [
      "Wall-clock time. Each row is computed by the matcher's own engine in processes of its own: ciphertexts are read " +
        "from its store and checked, packed, masked, and ranked by the key holder's reader in the matcher's process; with " +
        "private weights offers' squares are checked too. Ranks are compared with plain prices and distances. The start, " +
        "half a second of SEAL's compilation a thread, is once in a service's life and not in the total.",
      "The processor's time and the memory are those of all processes together, each at its own peak; Redis is not in " +
        "them. The load is the machine's average of one minute at the end.",
      "Worker processes have one thread and one core each; they get batches through Redis, and all else from the matcher " +
        "over HTTP, which is on the same cores. Their results are ranked after the time was taken.",
    ],
  };
}

function speedUpTable([one, two]: readonly Row[]): BenchTable[] {
  if (one === undefined || two === undefined) return [];
  const speedUp = one.ranksS / two.ranksS;
  return [
    {
      title: "Two workers to one",
      rows: [
        {
          what: "bids a second, times those of one worker",
          figure: rounded(speedUp),
          target: LEAST_SPEED_UP,
          met: verdict(speedUp >= LEAST_SPEED_UP),
        },
      ],
      notes: ["From packs, which the matcher makes itself, to masked distances and limits."],
    },
  ];
}
