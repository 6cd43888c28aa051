import { bytesToHex } from "@noble/hashes/utils.js";
import { keepFile, keptFile } from "./keyShelf.ts";
import type { KeyFile } from "./provingKeys.ts";
import { ProverError } from "./proverError.ts";

/** A file of proving keys with its whole address. */
export interface KeyAddress extends Omit<KeyFile, "file"> {
  url: string;
}

/**
 * Fetches a file, or takes it from where it was put away, and checks that it is the one that was named: with another
 * zkey, a proof could tell its secrets.
 * @param onBytes told how many bytes came
 * @throws ProverError
 */
export async function fetchKey(
  address: KeyAddress,
  onBytes: (count: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  return (await kept(address, onBytes)) ?? download(address, onBytes);
}

/** Puts a file away, so that `fetchKey` asks nobody for it. @throws ProverError */
export async function prefetchKey(
  address: KeyAddress,
  onBytes: (count: number) => void,
): Promise<void> {
  if ((await kept(address, onBytes)) !== undefined) return;
  await keepFile(address.url, await download(address, onBytes));
}

/** What was put away, where it is what was named. */
async function kept(
  address: KeyAddress,
  onBytes: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await keptFile(address.url);
  if (response === undefined) return undefined;
  const content = await check(address, response, () => undefined).catch(() => undefined);
  if (content !== undefined) onBytes(content.length);
  return content;
}

async function download(
  address: KeyAddress,
  onBytes: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  // The hash is checked, and so a cache is as good as the origin.
  const response = await fetch(address.url, { cache: "force-cache" }).catch((error: unknown) => {
    throw fetchError(address.url, error instanceof Error ? error.message : String(error));
  });
  return check(address, response, onBytes);
}

async function check(
  { url, bytes, sha256 }: KeyAddress,
  response: Response,
  onBytes: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const content = await contentOf(url, response, bytes, onBytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  if (bytesToHex(digest) === sha256) return content;
  throw new ProverError("keys", `What is at ${url} is not the file that was named.`, {
    metaMessages: [
      "Publish the list and the files of one set-up; if they are, somebody changed it on its way.",
    ],
  });
}

function fetchError(url: string, details: string): ProverError {
  return new ProverError("keys", `The proving key ${url} cannot be fetched.`, {
    details,
    metaMessages: ["Check the connection and try again; nothing was sent."],
  });
}

async function contentOf(
  url: string,
  response: Response,
  bytes: number,
  onBytes: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (details: string) => fetchError(url, details);
  if (!response.ok || response.body === null) throw fail(`HTTP status ${response.status}`);
  const content = new Uint8Array(bytes);
  let received = 0;
  // Not every browser iterates over a stream.
  const reader = response.body.getReader();
  for (;;) {
    const next = await reader.read().catch((error: unknown) => {
      throw fail(error instanceof Error ? error.message : String(error));
    });
    if (next.done) break;
    const chunk = next.value as Uint8Array;
    if (received + chunk.length > bytes) {
      await reader.cancel();
      throw fail(`more than ${bytes} bytes came`);
    }
    content.set(chunk, received);
    received += chunk.length;
    onBytes(chunk.length);
  }
  if (received < bytes) throw fail(`${received} of ${bytes} bytes came`);
  return content;
}
