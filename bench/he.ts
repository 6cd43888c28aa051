import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createHeKeys, type HeKeys } from "../sdk/private/matching/heKeys.ts";
import { HeScheme } from "../sdk/private/matching/heScheme.ts";
import { MATCHING_PARAMETERS } from "../sdk/private/matching/parameters.ts";
import { PlanCipher } from "../sdk/private/matching/planCipher.ts";
import { encryptInChromium } from "../test/helpers/browserCipher.ts";
import { findChromium } from "../test/helpers/chromium.ts";
import type { PlanRequest } from "../test/helpers/planCipherWorker.ts";
import { measureMs, median } from "./durations.ts";
import { BenchBook } from "./he/book.ts";
import type { Measured } from "./he/measure.ts";
import { measureMatching } from "./he/measureMatching.ts";
import type { Bench, BenchTable } from "./types.ts";

/** Matching under encryption, from stored ciphertexts to ranks. */
export const run: Bench = async (progress) => {
  const scheme = await HeScheme.create(MATCHING_PARAMETERS);
  const keys = createHeKeys(scheme);
  const plan = await measurePlan(scheme, keys);
  scheme.close();
  const cores = availableParallelism();
  const { tables, noise } = await measureMatching(keys, progress, [
    { plans: 100, weights: "market", threads: cores, targetS: 3 },
    { plans: 1_000, weights: "market", threads: 1 },
    { plans: 1_000, weights: "market", threads: cores, targetS: 40 },
    { plans: 1_000, weights: "private", threads: cores },
    { plans: 1_000, weights: "market", workers: 1 },
    { plans: 1_000, weights: "market", workers: 2 },
  ]);
  return [...tables, plan, noiseTable(noise)];
};

async function measurePlan(scheme: HeScheme, keys: HeKeys): Promise<BenchTable> {
  const { code, offers } = new BenchBook({ plans: 20, weights: "market" });
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

function noiseTable({
  budgets,
  limitBudgets,
}: Pick<Measured, "budgets" | "limitBudgets">): BenchTable {
  const steps = {
    "a plan as uploaded": budgets.upload,
    "a pack of 1,000 offers": budgets.pack,
    "squared differences": budgets.product,
    "with the largest mask": budgets.masked,
    "distances as the key holder gets them, noise added": budgets.result,
    "limits with their masks": limitBudgets.masked,
    "limits as the key holder gets them, noise added": limitBudgets.result,
  };
  return {
    title: "Noise budget",
    rows: Object.entries(steps).map(([step, bits]) => ({ step, bits })),
    notes: [
      "Of honest uploads; a test has the worst that pass, and at least 10 bits at the end of them too.",
    ],
  };
}
