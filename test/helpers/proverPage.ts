// What a page that proves has, bundled for a browser by its test.
import type { ProofRequest } from "../../sdk/private/proofs/proofRequest.ts";
import { browserProver, type WorkerLike } from "../../sdk/private/prover/browserProver.ts";
import type { ProveProgress, Prover } from "../../sdk/private/prover/prover.ts";
import type { ProverError } from "../../sdk/private/prover/proverError.ts";
import { parseProvingKeys } from "../../sdk/private/prover/provingKeys.ts";

export interface PageOutcome {
  points?: bigint[];
  signals?: bigint[];
  fault?: string;
  message?: string;
  stages: string[];
  durationMs: number;
  /** How often the page's own clock ticked, every 10 ms where nothing keeps it from it. */
  ticks: number;
}

/** What a test calls in the page. */
export interface ProverPage {
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

const provers = new Map<boolean, Promise<Prover>>();

async function startProver(isSingleThreaded: boolean): Promise<Prover> {
  const manifestUrl = new URL("keys.json", globals.location.href).href;
  const manifest = parseProvingKeys(await (await fetch(manifestUrl)).json());
  return browserProver({
    startWorker: () => new globals.Worker("worker.js"),
    manifest,
    manifestUrl,
    isSingleThreaded,
  });
}

globals.proverPage = {
  async prove(request, { isSingleThreaded = false, cancelAt } = {}) {
    if (!provers.has(isSingleThreaded))
      provers.set(isSingleThreaded, startProver(isSingleThreaded));
    const prover = await provers.get(isSingleThreaded)!;
    const control = new AbortController();
    const stages = new Set<string>();
    const startedMs = performance.now();
    let ticks = 0;
    const clock = setInterval(() => ticks++, 10);
    const end = () => {
      clearInterval(clock);
      return { stages: [...stages], ticks, durationMs: performance.now() - startedMs };
    };
    try {
      const { points, signals } = await prover.prove(request, {
        signal: control.signal,
        onProgress({ stage }) {
          stages.add(stage);
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
