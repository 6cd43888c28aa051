import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { greenDoubleAuction } from "../../sdk/mechanisms/greenDoubleAuction.ts";
import { measureMs, median, roundMs } from "../durations.ts";
import type { BenchTable } from "../types.ts";
import { createBook } from "./book.ts";

const coldMatch = fileURLToPath(new URL("coldMatch.ts", import.meta.url));

interface Size {
  orders: number;
  warmRuns: number;
  coldRuns: number;
  /** What the project promises, on the first call too. */
  targetMs: number | null;
}

const SIZES: readonly Size[] = [
  { orders: 100, warmRuns: 300, coldRuns: 9, targetMs: null },
  { orders: 1_000, warmRuns: 200, coldRuns: 9, targetMs: null },
  { orders: 10_000, warmRuns: 100, coldRuns: 9, targetMs: 20 },
  { orders: 100_000, warmRuns: 20, coldRuns: 5, targetMs: null },
  { orders: 1_000_000, warmRuns: 7, coldRuns: 3, targetMs: 4_000 },
];

const WARM_UP_RUNS = 3;

/** Durations of `match` on one book in a process that has run it before. */
export function measureWarmMs(
  orderCount: number,
  runs: number,
): { durationsMs: number[]; trades: number } {
  const orders = createBook(orderCount);
  let trades = 0;
  const durationsMs = Array.from({ length: WARM_UP_RUNS + runs }, () =>
    measureMs(() => {
      trades = greenDoubleAuction.match(orders).trades.length;
    }),
  ).slice(WARM_UP_RUNS);
  return { durationsMs, trades };
}

function measureColdMs(orderCount: number, runs: number): number[] {
  return Array.from({ length: runs }, () =>
    Number(execFileSync(process.execPath, [coldMatch, String(orderCount)], { encoding: "utf8" })),
  );
}

/** The TypeScript auction from objects in to objects out, warm and on the first call of a process. */
export async function benchOffChain(progress: (line: string) => void): Promise<BenchTable> {
  const rows = SIZES.map(({ orders, warmRuns, coldRuns, targetMs }) => {
    progress(`off chain, ${orders} orders`);
    const { durationsMs: warmMs, trades } = measureWarmMs(orders, warmRuns);
    const coldMs = measureColdMs(orders, coldRuns);
    return {
      orders,
      trades,
      warmRuns,
      warmMedianMs: roundMs(median(warmMs)),
      warmMaxMs: roundMs(Math.max(...warmMs)),
      coldRuns,
      coldMedianMs: roundMs(median(coldMs)),
      coldMaxMs: roundMs(Math.max(...coldMs)),
      targetMs,
      met:
        targetMs === null ? "" : Math.max(median(coldMs), median(warmMs)) < targetMs ? "yes" : "NO",
    };
  });
  return {
    title: "Off chain: green double auction in TypeScript",
    rows,
    notes: [
      "Warm: repeated calls in one process after 3 more. Cold: the first call of a new process, without its start. " +
        "A target is met when both medians are below it.",
    ],
  };
}
