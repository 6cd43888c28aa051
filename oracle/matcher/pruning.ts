import type { Log } from "../operations/log.ts";
import type { MatcherChain } from "./chain/matcherChain.ts";
import type { BlobStore } from "./store/blobStore.ts";
import type { DeliveryBook } from "./store/deliveryBook.ts";
import type { UploadBook } from "./store/uploadBook.ts";

export interface PruningOptions {
  chain: MatcherChain;
  uploads: UploadBook;
  deliveries: DeliveryBook;
  blobs: BlobStore;
  /** How long ciphertexts are kept after deliveries of their period can be reported no more. */
  keepS: number;
  log: Log;
}

const MOST_AT_ONCE = 256;

/**
 * Forgets ciphertexts and envelopes of periods that ended long ago. What the key holder signed, and that there was an
 * upload, is kept.
 * @returns how many blobs were removed
 */
export async function prune(options: PruningOptions): Promise<number> {
  const { chain, uploads, deliveries, blobs, keepS, log } = options;
  const before = firstKeptPeriod(chain, keepS);
  const old = uploads.prunable(before, MOST_AT_ONCE);
  const oldDeliveries = deliveries.prunable(before, MOST_AT_ONCE);
  const hashes = [...old, ...oldDeliveries].flatMap((one) => one.hashes);
  if (old.length > 0) uploads.setPruned(old.map(({ plan }) => plan));
  if (oldDeliveries.length > 0) deliveries.setPruned(oldDeliveries.map(({ id }) => id));
  for (const hash of hashes) {
    if (!uploads.needs(hash) && !deliveries.needs(hash)) await blobs.remove(hash);
  }
  if (hashes.length > 0)
    log.info("Old ciphertexts were removed.", { blobs: hashes.length, before });
  return hashes.length;
}

/** The first period of which everything is kept. */
export function firstKeptPeriod({ nowS, terms }: MatcherChain, keepS: number): bigint {
  const { genesis, periodLength, reportingTime } = terms;
  // Of period p reports end at genesis + (p + 1) · length + reportingTime.
  const passedS = nowS - keepS - reportingTime - genesis;
  return BigInt(Math.max(0, Math.floor(passedS / periodLength)));
}
