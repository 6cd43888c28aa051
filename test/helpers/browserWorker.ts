import { copyFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { startChromium } from "./chromium.ts";
import { serveFolder } from "./folderServer.ts";

/** WebAssembly, and nothing from elsewhere but what is named. */
function policyOf(services: readonly string[]): string {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    `connect-src 'self' ${services.join(" ")}`,
  ].join("; ");
}

export interface WorkerPageOptions {
  executable: string;
  /** An empty folder, for what is served. */
  folder: string;
  /** The worker's source file; the page finds it as `worker.js`. */
  worker: string;
  /** Origins beside its own that the page may ask. */
  services?: readonly string[];
}

/** Opens a page of a Chromium under a strict policy, which can start a worker that has SEAL. */
export async function withWorkerPage<T>(
  { executable, folder, worker, services = [] }: WorkerPageOptions,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const seal = path.dirname(fileURLToPath(import.meta.resolve("node-seal")));
  await build({
    entryPoints: [path.resolve(import.meta.dirname, worker)],
    outfile: path.join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // SEAL's module asks for it in Node only.
    external: ["module"],
    logLevel: "silent",
  });
  await copyFile(path.join(seal, "seal_throws.wasm"), path.join(folder, "seal_throws.wasm"));
  await writeFile(path.join(folder, "index.html"), "<!doctype html><title>plans</title>");
  const server = await serveFolder(folder, { "content-security-policy": policyOf(services) });
  const browser = await startChromium(executable);
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${server.url}index.html`);
    return await use(page);
  } finally {
    await browser.close();
    await server.close();
  }
}
