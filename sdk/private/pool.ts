import { AbiCoder, getAddress, keccak256, type TypedDataDomain } from "ethers";
import { FIELD_ORDER } from "./field.ts";

/** Which private market: its pool's address and chain. */
export interface PoolId {
  chainId: bigint;
  pool: string;
}

/** The EIP-712 domain of a pool. */
export function poolDomain({ chainId, pool }: PoolId): TypedDataDomain {
  return { name: "Sealwatt", version: "1", chainId, verifyingContract: getAddress(pool) };
}

/** What nullifiers are bound to, so that one note's nullifiers of two pools do not show that it is one. */
export function scopeOf({ chainId, pool }: PoolId): bigint {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["uint256", "address"],
    [chainId, getAddress(pool)],
  );
  return BigInt(keccak256(encoded)) % FIELD_ORDER;
}
