import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createHeKeys, type HeKeys } from "../sdk/private/matching/heKeys.ts";
import { HeScheme } from "../sdk/private/matching/heScheme.ts";
import { randomSeed } from "../sdk/private/matching/keystream.ts";
import { MATCHING_PARAMETERS } from "../sdk/private/matching/parameters.ts";
import { PlanCipher } from "../sdk/private/matching/planCipher.ts";
import { encryptInChromium } from "../test/helpers/browserCipher.ts";
import { findChromium } from "../test/helpers/chromium.ts";
import { noiseBudgets, type NoiseBudgets } from "../test/helpers/noiseBudgets.ts";
import type { PlanRequest } from "../test/helpers/planCipherWorker.ts";
import { measureMs, median } from "./durations.ts";
import { BenchBook } from "./he/book.ts";
import { Workers } from "./he/workers.ts";
import { residentMb } from "./oracle/memory.ts";
import type { Bench, BenchTable } from "./types.ts";

type Weights = "market" | "private";

/** Matching under encryption, from stored ciphertexts to ranks. */
export const run: Bench = async (progress) => {
  const scheme = await HeScheme.create(MATCHING_PARAMETERS);
  const keys = createHeKeys(scheme);
  const plan = await measurePlan(scheme, keys);
  const cores = availableParallelism();
  const rows = [];
  let budgets: NoiseBudgets | undefined;
  for (const [plans, weights, threads, targetS] of [
    [100, "market", cores, 3],
    [1_000, "market", 1, null],
    [1_000, "market", cores, 40],
    [1_000, "private", cores, null],
  ] as [number, Weights, number, number | null][]) {
    const folder = mkdtempSync(join(tmpdir(), "sealwatt-he-"));
    try {
      rows.push(
        await measureMatching({ folder, keys, plans, weights, threads, targetS }, progress),
      );
      if (plans === 1_000 && weights === "market" && budgets === undefined) {
        const read = (name: string): Uint8Array => readFileSync(join(folder, name));
        budgets = noiseBudgets(scheme, keys, {
          bid: read("bid-0"),
          pack: read("pack-0"),
          result: read("distances-0-0"),
          isProduct: false,
        });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  scheme.close();
  const matching: BenchTable = {
    title: "Plans by plans with eight features, from stored ciphertexts to ranks",
    rows,
    notes: [
      "Wall-clock time of threads with one SEAL each, and the processor's time of all of them together, which says " +
        "more where other programs run: the load is the machine's average of one minute at the end. The key holder " +
        "is in the same process. Ranks are checked against plain distances.",
      "Memory is the whole process's at its peak so far, with what it kept from the rows before.",
    ],
  };
  return [matching, plan, ...(budgets === undefined ? [] : [noiseTable(budgets)])];
};

async function measurePlan(scheme: HeScheme, keys: HeKeys): Promise<BenchTable> {
  const { code, offers } = new BenchBook(1, 20, "market");
  const cipher = new PlanCipher(scheme, code, keys.publicKey);
  let uploadBytes = 0;
  const times = offers.map((values) =>
    measureMs(() => (uploadBytes = cipher.encryptOffer(values).bytes.length)),
  );
  const chromiumMs = await measureInChromium({
    schema: code.schema,
    publicKey: keys.publicKey,
    offers,
  });
  return {
    title: "A plan",
    rows: [
      row("encryption and hash in Node, median, ms", median(times), 150),
      row("encryption and hash in a worker of Chromium, median, ms", chromiumMs, 400),
      row("upload, kB", uploadBytes / 1_000, 500),
    ],
    notes: [],
  };
}

async function measureInChromium(request: PlanRequest): Promise<number | null> {
  const executable = findChromium();
  if (executable === undefined) return null;
  const folder = mkdtempSync(join(tmpdir(), "sealwatt-he-"));
  try {
    const { durationsMs } = await encryptInChromium(executable, folder, request);
    return median(durationsMs!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function row(what: string, figure: number | null, target: number) {
  if (figure === null) return { what, figure, target, met: "" };
  const isMet = figure <= target;
  return { what, figure: Number(figure.toPrecision(3)), target, met: isMet ? "yes" : "NO" };
}

interface MatchingRun {
  folder: string;
  keys: HeKeys;
  plans: number;
  weights: Weights;
  threads: number;
  targetS: number | null;
}

async function measureMatching(
  { folder, keys, plans, weights, threads, targetS }: MatchingRun,
  progress: (line: string) => void,
) {
  const book = new BenchBook(plans, plans, weights);
  const seed = randomSeed();
  const workers = await Workers.start(threads, {
    folder,
    keys,
    seed,
    bids: plans,
    offers: plans,
    weights,
  });
  try {
    progress(`encrypting ${plans} bids and ${plans} offers, ${weights} weights`);
    await workers.all("encrypt");
    progress(`matching them on ${threads} threads`);
    const cpu = process.cpuUsage();
    const timeS = async (work: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await work();
      return Number(((performance.now() - start) / 1_000).toPrecision(3));
    };
    const packS = await timeS(async () => {
      await workers.all("pack");
      await workers.one("sum");
    });
    const distancesS = await timeS(() => workers.all("mask"));
    let ranked: { bid: number; nearest: number[] }[] = [];
    const ranksS = await timeS(async () => {
      ranked = (await workers.all("rank")).flat() as typeof ranked;
    });
    const { user, system } = process.cpuUsage(cpu);
    const totalS = packS + distancesS + ranksS;
    const right = ranked.filter(({ bid, nearest }) => book.agrees(bid, nearest)).length;
    return {
      plans: `${plans.toLocaleString("en")} × ${plans.toLocaleString("en")}`,
      weights,
      threads,
      packS,
      distancesS,
      ranksS,
      totalS: Number(totalS.toPrecision(3)),
      targetS,
      met: targetS === null ? "" : totalS <= targetS ? "yes" : "NO",
      processorS: Number(((user + system) / 1e6).toPrecision(3)),
      rightRanks: `${right} of ${plans}`,
      peakMb: Math.round(residentMb(process.pid, "peak")),
      load: Number(loadavg()[0]!.toPrecision(2)),
    };
  } finally {
    await workers.close();
  }
}

function noiseTable(budgets: NoiseBudgets): BenchTable {
  const steps = {
    "a plan as uploaded": budgets.upload,
    "a pack of 1,000 offers": budgets.pack,
    "squared differences": budgets.product,
    "with the largest mask": budgets.masked,
    "as the key holder gets it, noise added": budgets.result,
  };
  return {
    title: "Noise budget",
    rows: Object.entries(steps).map(([step, bits]) => ({ step, bits })),
    notes: [
      "Of honest uploads; a test has the worst that pass, and at least 10 bits at the end of them too.",
    ],
  };
}
