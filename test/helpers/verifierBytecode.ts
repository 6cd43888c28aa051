import { keyWords, wordHex } from "../../scripts/keys/keyWords.ts";
import type { VerificationKey } from "../../scripts/keys/verificationKey.ts";
import { verifierPoints } from "../../scripts/keys/verifierPoints.ts";

/** The argument that a verifier is deployed with. */
export function keyBytes(key: VerificationKey): string {
  return `0x${keyWords(verifierPoints(key)).map(wordHex).join("")}`;
}

/**
 * What a verifier of the key has for code, behind some program.
 * @param program hexadecimal digits after 0x
 */
export function bytecodeOf(key: VerificationKey, program = "0x6080604052"): string {
  return program + keyBytes(key).slice(2) + wordHex(BigInt(key.IC.length - 1));
}
