import { PeriodTimes } from "../../sdk/private/periodTimes.ts";
import type { Log } from "../operations/log.ts";
import type { MatcherChain } from "./chain/matcherChain.ts";
import type { EpochMirror } from "./epochs/epochMirror.ts";
import type { AnswerBook } from "./store/answerBook.ts";
import type { BlobStore } from "./store/blobStore.ts";
import type { DeliveryBook } from "./store/deliveryBook.ts";
import type { RoundBook } from "./store/roundBook.ts";
import type { UploadBook } from "./store/uploadBook.ts";

export interface PruningOptions {
  chain: MatcherChain;
  uploads: UploadBook;
  deliveries: DeliveryBook;
  rounds: RoundBook;
  answers: AnswerBook;
  blobs: BlobStore;
  /** How long ciphertexts are kept after deliveries of their period can be reported no more. */
  keepS: number;
  log: Log;
}

const MOST_AT_ONCE = 256;
/** A round may have thousands of ranks, which are deleted in one write. */
const MOST_ROUNDS = 64;
/** What the questions of a round begin with, before its id. */
const OF_ROUND = ["round", "squares", "ranks", "pairs", "pair", "finish"];

/**
 * Forgets ciphertexts and envelopes of periods that ended long ago, and their rounds with what was answered in them.
 * That there was an upload is kept, and so is all evidence with the answers that it is about.
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
  forgetRounds(options, before);
  if (hashes.length > 0)
    log.info("Old ciphertexts were removed.", { blobs: hashes.length, before });
  return hashes.length;
}

function forgetRounds({ rounds, answers }: PruningOptions, before: bigint): void {
  for (const { id, roundId } of rounds.endedBefore(before, MOST_ROUNDS)) {
    for (const kind of OF_ROUND) answers.forget(`${kind} ${roundId}`);
    // Last: one that a crash leaves here is found again.
    rounds.forget(id);
  }
}

/**
 * Removes what a crash has left between a file and its row. Only before anything is taken: what is being written has no
 * row yet.
 */
export async function removeOrphans({
  uploads,
  deliveries,
  epochs,
  blobs,
  log,
}: Pick<PruningOptions, "uploads" | "deliveries" | "blobs" | "log"> & {
  epochs: Pick<EpochMirror, "keyHashes">;
}): Promise<void> {
  const keys = epochs.keyHashes;
  let removed = 0;
  for await (const hash of blobs.hashes()) {
    if (keys.has(hash) || uploads.needs(hash) || deliveries.needs(hash)) continue;
    await blobs.remove(hash);
    removed++;
  }
  if (removed > 0) log.info("Files that nothing needs were removed.", { blobs: removed });
}

/** The first period of which everything is kept. */
export function firstKeptPeriod({ nowS, terms }: MatcherChain, keepS: number): bigint {
  return new PeriodTimes(terms).firstUnsettled(nowS - keepS);
}
