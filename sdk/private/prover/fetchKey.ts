import { bytesToHex } from "@noble/hashes/utils.js";
import type { KeyFile } from "./provingKeys.ts";
import { ProverError } from "./proverError.ts";

/** A file of proving keys with its whole address. */
export interface KeyAddress extends Omit<KeyFile, "file"> {
  url: string;
}

/**
 * Fetches a file and checks that it is the one that was named: with another zkey, a proof could tell its secrets.
 * @param onBytes told how many bytes came
 * @throws ProverError
 */
export async function fetchKey(
  { url, bytes, sha256 }: KeyAddress,
  onBytes: (count: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const content = await download(url, bytes, onBytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  if (bytesToHex(digest) === sha256) return content;
  throw new ProverError("keys", `What is at ${url} is not the file that was named.`, {
    metaMessages: [
      "Publish the list and the files of one set-up; if they are, somebody changed it on its way.",
    ],
  });
}

async function download(
  url: string,
  bytes: number,
  onBytes: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (details: string) =>
    new ProverError("keys", `The proving key ${url} cannot be fetched.`, {
      details,
      metaMessages: ["Check the connection and try again; nothing was sent."],
    });
  // The hash is checked, and so a cache is as good as the origin.
  const response = await fetch(url, { cache: "force-cache" }).catch((error: unknown) => {
    throw fail(error instanceof Error ? error.message : String(error));
  });
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
