import { BaseError } from "../../../sdk/errors.ts";
import type { BadCiphertext, BlobSource } from "./distanceEngine.ts";

/** Something with a ciphertext that is stored elsewhere. */
export interface Stored {
  contentHash: string;
}

/** Brings ciphertexts. One that is missing or damaged keeps no other back. */
export async function readBlobs<S extends Stored>(
  blobs: BlobSource,
  stored: readonly S[],
): Promise<{ whole: (S & { bytes: Uint8Array })[]; bad: BadCiphertext[] }> {
  const whole: (S & { bytes: Uint8Array })[] = [];
  const bad: BadCiphertext[] = [];
  for (const one of stored) {
    try {
      whole.push({ ...one, bytes: await blobs.read(one.contentHash) });
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      bad.push({ contentHash: one.contentHash, message: error.shortMessage });
    }
  }
  return { whole, bad };
}
