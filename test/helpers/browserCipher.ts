import { copyFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { startChromium } from "./chromium.ts";
import { serveFolder } from "./folderServer.ts";
import type { PlanReply, PlanRequest } from "./planCipherWorker.ts";

const WORKER = path.resolve(import.meta.dirname, "planCipherWorker.ts");
/** WebAssembly, and nothing from elsewhere. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

/** What the page runs: bytes cross to and from it in base64. */
async function askWorker({
  publicKey,
  ...rest
}: Omit<PlanRequest, "publicKey"> & { publicKey: string }) {
  const { Worker, atob, btoa } = globalThis as unknown as {
    Worker: new (
      url: string,
      options: object,
    ) => {
      onmessage: (event: { data: PlanReply }) => void;
      onerror: (event: { message: string }) => void;
      postMessage(request: PlanRequest): void;
      terminate(): void;
    };
    atob: (text: string) => string;
    btoa: (text: string) => string;
  };
  const worker = new Worker("worker.js", { type: "module" });
  const reply = await new Promise<PlanReply>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve({ message: message || "The worker failed." });
    const bytes = Uint8Array.from(atob(publicKey), (character) => character.charCodeAt(0));
    worker.postMessage({ ...rest, publicKey: bytes });
  });
  worker.terminate();
  // No function with a name: what a runner adds to keep names is unknown to the page.
  return {
    ...reply,
    bytes: reply.bytes?.map((bytes) => {
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    }),
  };
}

/**
 * Encrypts plans in a worker of a Chromium, under a page's strict policy.
 * @param folder an empty one, for what is served
 */
export async function encryptInChromium(
  executable: string,
  folder: string,
  request: PlanRequest,
): Promise<PlanReply> {
  const seal = path.dirname(fileURLToPath(import.meta.resolve("node-seal")));
  await build({
    entryPoints: [WORKER],
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
  const server = await serveFolder(folder, { "content-security-policy": POLICY });
  const browser = await startChromium(executable);
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${server.url}index.html`);
    const publicKey = Buffer.from(request.publicKey).toString("base64");
    const { bytes, ...reply } = await page.evaluate(askWorker, { ...request, publicKey });
    return {
      ...reply,
      ...(bytes === undefined ? {} : { bytes: bytes.map((text) => Buffer.from(text, "base64")) }),
    };
  } finally {
    await browser.close();
    await server.close();
  }
}
