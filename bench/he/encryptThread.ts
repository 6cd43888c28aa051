// A thread of `storeBook`: encrypts a share of the book.
import { parentPort, workerData } from "node:worker_threads";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { MATCHING_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import { PlanCipher, type EncryptedPlan } from "../../sdk/private/matching/planCipher.ts";
import { BenchBook, type BookSize } from "./book.ts";

/** Every `of`th bid and offer, beginning with `first`. */
export interface EncryptTask {
  size: BookSize;
  publicKey: Uint8Array;
  first: number;
  of: number;
}

export interface EncryptedShare {
  side: "bids" | "offers";
  index: number;
  plan: EncryptedPlan;
}

const { size, publicKey, first, of } = workerData as EncryptTask;
const scheme = await HeScheme.create(MATCHING_PARAMETERS);
const book = new BenchBook(size);
const cipher = new PlanCipher(scheme, book.code, publicKey);
const post = (share: EncryptedShare) => parentPort!.postMessage(share);
for (let index = first; index < size.plans; index += of) {
  const { values, own } = book.bids[index]!;
  post({ side: "bids", index, plan: cipher.encryptBid(values, own) });
  post({ side: "offers", index, plan: cipher.encryptOffer(book.offers[index]!) });
}
