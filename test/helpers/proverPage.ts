// What a page that proves has, bundled for a browser by its test.
import type { ProofRequest } from "../../sdk/private/proofs/proofRequest.ts";
import {
  browserProver,
  type BrowserProver,
  type WorkerLike,
} from "../../sdk/private/prover/browserProver.ts";
import type { ProveProgress } from "../../sdk/private/prover/prover.ts";
import type { ProverError } from "../../sdk/private/prover/proverError.ts";
import { parseProvingKeys } from "../../sdk/private/prover/provingKeys.ts";

export interface PageOutcome {
  points?: bigint[];
  signals?: bigint[];
  fault?: string;
  message?: string;
  stages: string[];
  durationMs: number;
  /** How often the page's own clock ticked in the stage `prove`, every 10 ms where nothing keeps it from it. */
  ticks: number;
}

/** What a test calls in the page. */
export interface ProverPage {
  /** @returns the fractions that it was told */
  prefetch(): Promise<number[]>;
  prove(
    request: ProofRequest,
    options?: { isSingleThreaded?: boolean; cancelAt?: ProveProgress["stage"] },
  ): Promise<PageOutcome>;
}

const globals = globalThis as unknown as {
  Worker: new (url: string) => WorkerLike;
  location: { href: string };
  proverPage: ProverPage;
};

const provers = new Map<boolean, Promise<BrowserProver>>();

async function startProver(isSingleThreaded: boolean): Promise<BrowserProver> {
  const manifestUrl = new URL("keys.json", globals.location.href).href;
  const manifest = parseProvingKeys(await (await fetch(manifestUrl)).json());
  return browserProver({
    startWorker: () => new globals.Worker("worker.js"),
    manifest,
    manifestUrl,
    isSingleThreaded,
  });
}

function proverOf(isSingleThreaded: boolean): Promise<BrowserProver> {
  if (!provers.has(isSingleThreaded)) provers.set(isSingleThreaded, startProver(isSingleThreaded));
  return provers.get(isSingleThreaded)!;
}

globals.proverPage = {
  async prefetch() {
    const fractions: number[] = [];
    await (await proverOf(false)).prefetch((fraction) => void fractions.push(fraction));
    return fractions;
  },
  async prove(request, { isSingleThreaded = false, cancelAt } = {}) {
    const prover = await proverOf(isSingleThreaded);
    const control = new AbortController();
    const stages = new Set<string>();
    const startedMs = performance.now();
    let last = "";
    let ticks = 0;
    const clock = setInterval(() => {
      if (last === "prove") ticks++;
    }, 10);
    const end = () => {
      clearInterval(clock);
      return { stages: [...stages], ticks, durationMs: performance.now() - startedMs };
    };
    try {
      const { points, signals } = await prover.prove(request, {
        signal: control.signal,
        onProgress({ stage }) {
          stages.add(stage);
          last = stage;
          if (stage === cancelAt) control.abort();
        },
      });
      return { points: [...points], signals: [...signals], ...end() };
    } catch (error) {
      const { fault, message } = error as ProverError;
      return { fault, message, ...end() };
    }
  },
};
