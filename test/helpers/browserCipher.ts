import { withWorkerPage } from "./browserWorker.ts";
import type { PlanReply, PlanRequest } from "./planCipherWorker.ts";

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
  const worker = "planCipherWorker.ts";
  return withWorkerPage({ executable, folder, worker }, async (page) => {
    const publicKey = Buffer.from(request.publicKey).toString("base64");
    const { bytes, ...reply } = await page.evaluate(askWorker, { ...request, publicKey });
    return {
      ...reply,
      ...(bytes === undefined ? {} : { bytes: bytes.map((text) => Buffer.from(text, "base64")) }),
    };
  });
}
