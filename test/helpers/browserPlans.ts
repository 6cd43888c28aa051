import type { Page } from "playwright-core";
import type { PlansReply, PlansRequest } from "./encryptedPlansWorker.ts";

interface PlansWorker {
  onmessage: (event: { data: PlansReply }) => void;
  onerror: (event: { message: string }) => void;
  postMessage(request: PlansRequest): void;
}

/** What the page runs: it keeps one worker. */
async function askWorker(request: PlansRequest): Promise<PlansReply> {
  const page = globalThis as unknown as {
    plansWorker?: PlansWorker;
    Worker: new (url: string, options: object) => PlansWorker;
  };
  const worker = (page.plansWorker ??= new page.Worker("worker.js", { type: "module" }));
  return new Promise<PlansReply>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve({ message: message || "The worker failed." });
    worker.postMessage(request);
  });
}

/** Asks the encrypted plans of a page's worker. @throws Error with what the worker said */
export async function askBrowserPlans(page: Page, request: PlansRequest): Promise<PlansReply> {
  const reply = await page.evaluate(askWorker, request);
  if (reply.message !== undefined) throw new Error(reply.message);
  return reply;
}
