// A process that computes one row of the bench: its memory is the row's alone.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { RoundWork } from "../../oracle/matcher/compute/distanceEngine.ts";
import { QueueEngine } from "../../oracle/matcher/compute/spread/queueEngine.ts";
import { ThreadEngine } from "../../oracle/matcher/compute/threadEngine.ts";
import { BlobStore } from "../../oracle/matcher/store/blobStore.ts";
import { Log } from "../../oracle/operations/log.ts";
import type { MaskedBid } from "../../sdk/private/matching/distanceMasker.ts";
import type { HeKeys } from "../../sdk/private/matching/heKeys.ts";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { randomSeed } from "../../sdk/private/matching/keystream.ts";
import { MATCHING_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import { RankReader } from "../../sdk/private/matching/rankReader.ts";
import {
  limitBudgets,
  noiseBudgets,
  type LimitBudgets,
  type NoiseBudgets,
} from "../../test/helpers/noiseBudgets.ts";
import { startSealwatt } from "../../test/helpers/runSealwatt.ts";
import { residentMb } from "../oracle/memory.ts";
import { processorS } from "../processTime.ts";
import { BenchBook, type BookSize } from "./book.ts";
import { blobsOf, hashesOf, keyOf, type StoredBook } from "./storeBook.ts";

export interface MeasureTask extends BookSize {
  folder: string;
  threads: number;
  /** Worker processes with so many threads each, instead of threads of the matcher. */
  spread?: { workers: number; redisUrl: string; tokenFile: string };
}

export interface Measured {
  /** Until all threads are ready: once in a service's life. */
  startS: number;
  /** Ciphertexts' form and integrity. */
  checkS: number;
  /** From stored ciphertexts to packs. */
  packS: number;
  /** The check of offers' squares, where weights are private. */
  squaresS: number | null;
  /** From packs to ranks; where workers compute, to what is ranked. */
  ranksS: number;
  /** Of all processes, without the start. */
  processorS: number;
  peakMb: number;
  rightRanks: number;
  budgets: NoiseBudgets;
  limitBudgets: LimitBudgets;
}

const task = JSON.parse(process.argv[2]!) as MeasureTask;
const { folder, threads, spread } = task;
const read = (path: string): Uint8Array => readFileSync(path);
const key = (name: keyof HeKeys): Uint8Array => read(keyOf(folder, name));
const { bids, offers } = JSON.parse(readFileSync(hashesOf(folder), "utf8")) as StoredBook;
const scheme = await HeScheme.create(MATCHING_PARAMETERS);
const book = new BenchBook(task);
const reader = new RankReader(scheme, book.code, key("secretKey"));
const work: RoundWork = {
  schema: book.code.schema,
  publicKey: key("publicKey"),
  relinKeys: key("relinKeys"),
  seed: randomSeed(),
  offers,
  bids,
  blobs: await BlobStore.open(blobsOf(folder)),
};

async function timeS(step: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await step();
  return (performance.now() - start) / 1_000;
}

const workers: ReturnType<typeof startSealwatt>[] = [];
const pids = (): number[] => [process.pid, ...workers.map(({ child }) => child.pid!)];
const sum = (figures: readonly number[]): number => figures.reduce((a, b) => a + b, 0);

async function startEngine(): Promise<ThreadEngine | QueueEngine> {
  if (spread === undefined) return new ThreadEngine({ threads });
  const token = readFileSync(spread.tokenFile, "utf8").trim();
  const log = new Log({ write: (line) => process.stderr.write(`${line}\n`) });
  const address = { host: "127.0.0.1", port: 0, token, log };
  const { redisUrl } = spread;
  const engine = await QueueEngine.start({ redisUrl, threads, workers: address, patienceMs: 6e5 });
  const places = ["--redis", redisUrl, "--matcher", engine.url, "--token-file", spread.tokenFile];
  for (let i = 0; i < spread.workers; i++) {
    const worker = startSealwatt(["matcher-worker", ...places, "--threads", "1"]);
    workers.push(worker);
    await worker.says("Working for");
    pin(worker.child.pid!, i);
  }
  return engine;
}

/** Keeps a process on one core, as if it were a machine of one. */
function pin(pid: number, core: number): void {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(core), String(pid)]);
}

let engine!: ThreadEngine | QueueEngine;
const startS = await timeS(async () => {
  engine = await startEngine();
  await engine.warmUp();
});
const before = sum(pids().map(processorS));
const checkS = await timeS(() => engine.check(work.blobs, [...offers, ...bids]));
const packS = await timeS(() => engine.packs(work));
const squaresS = task.weights === "private" ? await timeS(() => engine.squares(work)) : null;
const ranked: { bid: number; nearest: number[] }[] = [];
const masks = new Map<number, MaskedBid>();
const rank = (bid: number, masked: MaskedBid) =>
  ranked.push({ bid, nearest: reader.rank(masked, offers.length).nearest });
const ranksS = await timeS(() =>
  engine.run(work, {
    async onBid(bid, masked) {
      if (bid === 0 || spread !== undefined) masks.set(bid, masked);
      // The key holder's part would be on a core that one of the workers has.
      if (spread === undefined) rank(bid, masked);
    },
    onBad: ({ message }) => Promise.reject(new Error(message)),
  }),
);
const tookProcessorS = sum(pids().map(processorS)) - before;
if (spread !== undefined) for (const [bid, masked] of masks) rank(bid, masked);
const keys: HeKeys = { ...work, secretKey: key("secretKey") };
const bid = await work.blobs.read(bids[0]!);
const pack = (await engine.packs(work))[0]!;
const { distances, limits } = masks.get(0)!;
const measured: Measured = {
  startS,
  checkS,
  packS,
  squaresS,
  ranksS,
  processorS: tookProcessorS,
  peakMb: sum(pids().map((pid) => residentMb(pid, "peak"))),
  rightRanks: ranked.filter(({ bid, nearest }) => book.agrees(bid, nearest)).length,
  budgets: noiseBudgets(scheme, keys, {
    ...{ bid, pack, result: distances[0]! },
    isProduct: task.weights === "private",
  }),
  limitBudgets: limitBudgets(scheme, keys, { bid, pack, result: limits[0]! }),
};
for (const { child, ended } of workers) {
  child.kill("SIGTERM");
  await ended;
}
await engine.close();
process.stdout.write(`${JSON.stringify(measured)}\n`);
