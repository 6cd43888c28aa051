import { BaseError } from "../../../sdk/errors.ts";

/** The parent of every reason for which a stored ciphertext or envelope cannot be had or kept. */
export class BlobError extends BaseError {
  override name = "BlobError";
}

/** Nothing is stored under this hash. */
export class MissingBlobError extends BlobError {
  override name = "MissingBlobError";

  constructor(contentHash: string) {
    super(`Nothing is stored under ${contentHash}.`, {
      metaMessages: ["Upload it again, or bring the data folder back from a backup."],
    });
  }
}

/** What is stored under this hash is not what was put there. */
export class DamagedBlobError extends BlobError {
  override name = "DamagedBlobError";

  constructor(contentHash: string) {
    super(`What is stored under ${contentHash} was damaged since.`, {
      metaMessages: ["Check the disk; upload it again, or bring it back from a backup."],
    });
  }
}
