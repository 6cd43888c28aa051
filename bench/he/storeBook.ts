import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { BlobStore } from "../../oracle/matcher/store/blobStore.ts";
import type { HeKeys } from "../../sdk/private/matching/heKeys.ts";
import type { BookSize } from "./book.ts";
import type { EncryptedShare, EncryptTask } from "./encryptThread.ts";

/** The content hashes of a book by index. */
export interface StoredBook {
  bids: string[];
  offers: string[];
}

/** Where a folder of a run has its parts. */
export const blobsOf = (folder: string) => join(folder, "blobs");
export const hashesOf = (folder: string) => join(folder, "hashes.json");
export const keyOf = (folder: string, key: keyof HeKeys) => join(folder, key);

/** Encrypts a book and stores it as a matcher does, with the keys beside it. */
export async function storeBook(folder: string, size: BookSize, keys: HeKeys): Promise<void> {
  for (const [name, bytes] of Object.entries(keys) as [keyof HeKeys, Uint8Array][]) {
    writeFileSync(keyOf(folder, name), bytes);
  }
  const store = await BlobStore.open(blobsOf(folder));
  const book: StoredBook = { bids: [], offers: [] };
  const of = availableParallelism();
  await Promise.all(
    Array.from({ length: of }, async (_, first) => {
      const workerData: EncryptTask = { size, publicKey: keys.publicKey, first, of };
      const thread = new Worker(new URL("encryptThread.ts", import.meta.url), { workerData });
      const writes: Promise<void>[] = [];
      thread.on("message", ({ side, index, plan }: EncryptedShare) => {
        book[side][index] = plan.contentHash;
        writes.push(store.write(plan.contentHash, plan.bytes));
      });
      await once(thread, "exit");
      await Promise.all(writes);
    }),
  );
  writeFileSync(hashesOf(folder), JSON.stringify(book));
}
