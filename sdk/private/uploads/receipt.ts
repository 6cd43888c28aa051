import { getAddress, verifyTypedData, type Signer } from "ethers";
import { FIELD_ORDER } from "../field.ts";
import { poolDomain, type PoolId } from "../pool.ts";
import { bigint, hash, hexBytes, object, uint, type Reader } from "../wire/readers.ts";

/** What a matcher gives for an upload: it cannot say later that it never had it. */
export interface UploadReceipt {
  plan: bigint;
  contentHash: string;
  /** The chain's time, in Unix seconds. */
  takenAtS: number;
  signature: string;
}

const RECEIPT_TYPES = {
  UploadReceipt: [
    { name: "plan", type: "uint256" },
    { name: "contentHash", type: "bytes32" },
    { name: "takenAtS", type: "uint256" },
  ],
};

/** Takes a receipt out of what a matcher sent. @throws MalformedMessageError */
export const readReceipt: Reader<UploadReceipt> = object({
  plan: bigint(FIELD_ORDER - 1n),
  contentHash: hash,
  takenAtS: uint(),
  signature: hexBytes(65),
});

export async function signReceipt(
  matcher: Pick<Signer, "signTypedData">,
  pool: PoolId,
  taken: Omit<UploadReceipt, "signature">,
): Promise<UploadReceipt> {
  const { plan, contentHash, takenAtS } = taken;
  const fields = { plan, contentHash, takenAtS };
  const signature = await matcher.signTypedData(poolDomain(pool), RECEIPT_TYPES, fields);
  return { ...fields, signature };
}

/** Whether a receipt is this matcher's, for this pool. */
export function verifyReceipt(
  pool: PoolId,
  { signature, ...taken }: UploadReceipt,
  matcher: string,
): boolean {
  try {
    const signer = verifyTypedData(poolDomain(pool), RECEIPT_TYPES, taken, signature);
    return signer === getAddress(matcher);
  } catch {
    return false;
  }
}
