import { AbiCoder, hexlify, keccak256, randomBytes, toUtf8Bytes } from "ethers";
import { packOrder, type SealableOrder } from "./packedOrder.ts";

const coder = AbiCoder.defaultAbiCoder();
const DOMAIN_TAG = keccak256(toUtf8Bytes("Sealwatt sealed order v1"));

/** The word that binds a commitment to one chain and one market; mirrors `Commitment.domain`. */
export function commitmentDomain(chainId: bigint | number, market: string): string {
  return keccak256(coder.encode(["bytes32", "uint256", "address"], [DOMAIN_TAG, chainId, market]));
}

/** The commitment to an order; mirrors `Commitment.hashOrder`. */
export function hashOrder(domain: string, order: SealableOrder, salt: string): string {
  return keccak256(
    coder.encode(["bytes32", "uint256", "bytes32"], [domain, packOrder(order), salt]),
  );
}

/** 256 random bits that hide an order. Never use one twice. */
export function randomSalt(): string {
  return hexlify(randomBytes(32));
}
