import { AbiCoder, keccak256, toUtf8Bytes } from "ethers";

const coder = AbiCoder.defaultAbiCoder();
const DOMAIN_TAG = keccak256(toUtf8Bytes("Sealwatt schedule salt v1"));

/**
 * A sequence of salts that all follow from one seed, so that the seed alone reveals a whole schedule. The seed must
 * be random, secret until opening, and used for one schedule only.
 * @param seed 32 bytes
 * @returns the next salt at each call
 */
export function saltsFrom(seed: string): () => string {
  let count = 0;
  return () =>
    keccak256(coder.encode(["bytes32", "bytes32", "uint256"], [DOMAIN_TAG, seed, count++]));
}
