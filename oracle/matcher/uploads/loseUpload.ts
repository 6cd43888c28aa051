import type { Log } from "../../operations/log.ts";
import { BlobError } from "../store/blobErrors.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { UploadBook } from "../store/uploadBook.ts";

/**
 * Marks an upload as lost whose ciphertext cannot be computed with, where it is the disk that has lost it. One that is
 * whole is left out for now alone: what a thread did not survive may be the machine's fault, and nobody could mend it by
 * uploading the same again.
 * @param message why it cannot be computed with
 */
export async function loseUpload(
  { uploads, blobs, log }: { uploads: UploadBook; blobs: BlobStore; log: Log },
  contentHash: string,
  message: string,
): Promise<void> {
  const plan = uploads.planOf(contentHash);
  const damage = await blobs.read(contentHash).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof BlobError) return error.shortMessage;
      throw error;
    },
  );
  if (damage === undefined) {
    log.error("An upload is left out of a round.", { plan, reason: message });
    return;
  }
  if (plan !== undefined) uploads.setState(plan, "lost", damage);
  log.error("An upload is lost.", { plan, reason: damage });
}
