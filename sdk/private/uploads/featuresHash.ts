import { AbiCoder, keccak256 } from "ethers";

/**
 * What a plan binds on chain of its encrypted features: the first ciphertext, and who may upload it. Who copies either
 * cannot sign for a plan of its own, since its plan would have to name the same upload key.
 * @returns 32 bytes in hex, as a plan's log has it
 */
export function featuresHash(contentHash: string, uploadAddress: string): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(["bytes32", "address"], [contentHash, uploadAddress]),
  );
}
