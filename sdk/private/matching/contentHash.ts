import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** What a plan binds on chain of its encrypted features, and what they are stored by: keccak256 of the bytes. */
export function contentHash(bytes: Uint8Array): string {
  return `0x${bytesToHex(keccak_256(bytes))}`;
}
