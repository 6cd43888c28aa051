import { AbiCoder, getAddress, getBytes, keccak256 } from "ethers";
import type { PoolId } from "../pool.ts";

function placeOf(
  kind: string,
  { chainId, pool }: PoolId,
  subject: bigint,
  contentHash: string,
): Uint8Array {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["string", "uint256", "address", "uint256", "bytes32"],
    [kind, chainId, getAddress(pool), subject, contentHash],
  );
  return getBytes(keccak256(encoded));
}

/** What a plan's envelope is bound to, so that nobody can send it with another plan or ciphertext. */
export function planEnvelopePlace(
  pool: PoolId,
  { plan, contentHash }: { plan: bigint; contentHash: string },
): Uint8Array {
  return placeOf("sealwatt plan envelope 1", pool, plan, contentHash);
}

/** What a delivery's envelope is bound to. */
export function deliveryEnvelopePlace(
  pool: PoolId,
  { record, contentHash }: { record: bigint; contentHash: string },
): Uint8Array {
  return placeOf("sealwatt delivery envelope 1", pool, record, contentHash);
}
