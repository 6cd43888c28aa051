import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import { NotTakenError } from "../matcherErrors.ts";

/** @param what it is, for the message: `ciphertext`. @throws NotTakenError */
export function requireHash(what: string, bytes: Uint8Array, expected: string): void {
  const hash = contentHash(bytes);
  if (hash === expected) return;
  throw new NotTakenError(
    422,
    `The ${what} has the hash ${hash}, and its header says ${expected}.`,
    "Send the bytes that the header was made of, whole and unchanged.",
  );
}
