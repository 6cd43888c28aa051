import type { Log } from "../../operations/log.ts";
import { BlobError } from "../store/blobErrors.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { UploadBook } from "../store/uploadBook.ts";

/** Where uploads are, and what became of them. */
export interface UploadPlaces {
  uploads: UploadBook;
  blobs: BlobStore;
  log: Log;
}

/** Marks an upload as lost where the disk has lost a part of it. @returns whether it has */
export async function loseIfDamaged(
  { uploads, blobs, log }: UploadPlaces,
  plan: bigint,
  hashes: readonly string[],
): Promise<boolean> {
  try {
    for (const hash of hashes) await blobs.read(hash);
    return false;
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    uploads.setState(plan, "lost", error.shortMessage);
    log.error("An upload is lost.", { plan, error });
    return true;
  }
}

/**
 * Marks an upload as lost whose ciphertext cannot be computed with, where it is the disk that has lost it. One that is
 * whole is left out for now alone: what a thread did not survive may be the machine's fault, and nobody could mend it by
 * uploading the same again.
 * @param message why it cannot be computed with
 */
export async function leaveOut(
  places: UploadPlaces,
  contentHash: string,
  message: string,
): Promise<void> {
  const plan = places.uploads.planOf(contentHash);
  if (plan !== undefined && (await loseIfDamaged(places, plan, [contentHash]))) return;
  places.log.error("An upload is left out of a round.", { plan, reason: message });
}
