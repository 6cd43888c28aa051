import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CircuitKeys } from "../../scripts/keys/buildCircuit.ts";
import { bundleForBrowser, publishProver } from "../../scripts/prover/publishProver.ts";
import type { ProofRequest } from "../../sdk/private/proofs/proofRequest.ts";
import { findChromium, startChromium } from "../../test/helpers/chromium.ts";
import { serveFolder } from "../../test/helpers/folderServer.ts";
import type { PageOutcome, ProverPage } from "../../test/helpers/proverPage.ts";
import { median } from "../durations.ts";

const PAGE = path.resolve(import.meta.dirname, "../../test/helpers/proverPage.ts");
const HTML = `<!doctype html><title>prover</title><script src="page.js"></script>`;
const PROOFS = 3;

/** Circuits in Chromium's worker. */
export interface ChromiumTimes {
  version: string;
  /** ms by circuit: of the first proof, which fetches the key, and the median and the least of those after it. */
  circuits: Map<string, { firstMs: number; proveMs: number; leastMs: number }>;
}

/** @returns undefined where there is no Chromium */
export async function measureChromium(
  keys: readonly CircuitKeys[],
  requests: ReadonlyMap<string, ProofRequest>,
  progress: (line: string) => void,
): Promise<ChromiumTimes | undefined> {
  const executable = findChromium();
  if (executable === undefined) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), "sealwatt-zk-"));
  try {
    await publishProver(keys, folder);
    await bundleForBrowser(PAGE, path.join(folder, "page.js"), "iife");
    await writeFile(path.join(folder, "index.html"), HTML);
    const server = await serveFolder(folder);
    const browser = await startChromium(executable);
    try {
      const page = await browser.newPage();
      await page.goto(`${server.url}index.html`);
      const prove = async ({ circuit, inputs, publicSignals }: ProofRequest): Promise<number> => {
        const outcome: PageOutcome = await page.evaluate(
          (asked) =>
            (globalThis as unknown as { proverPage: ProverPage }).proverPage.prove(
              asked as ProofRequest,
            ),
          { circuit, inputs, publicSignals } as unknown,
        );
        if (outcome.points === undefined) throw new Error(`${circuit}: ${outcome.message}`);
        return outcome.durationMs;
      };
      const circuits: ChromiumTimes["circuits"] = new Map();
      for (const [circuit, request] of requests) {
        progress(`${circuit} in Chromium`);
        const firstMs = await prove(request);
        const times: number[] = [];
        for (let i = 0; i < PROOFS; i++) times.push(await prove(request));
        circuits.set(circuit, { firstMs, proveMs: median(times), leastMs: Math.min(...times) });
      }
      return { version: browser.version(), circuits };
    } finally {
      await browser.close();
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
