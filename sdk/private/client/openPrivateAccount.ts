import type { Provider } from "ethers";
import { readView } from "../../clients/contractHandle.ts";
import { poolInterface } from "../chain/poolInterface.ts";
import { derivePrivateAccount, type TypedDataSigner } from "../derivePrivateAccount.ts";
import type { PrivateAccount } from "../keys.ts";
import type { PoolId } from "../pool.ts";

/**
 * A wallet's private account in a pool. Where the wallet has joined, what is derived must be what it joined with, so
 * that another index or a wallet that signs otherwise never opens another account without a word.
 * @param index several accounts of one wallet count from 0; one of them can join
 * @throws PrivateAccountError, ContractRevertedError, ChainUnreachableError
 */
export async function openPrivateAccount(
  provider: Provider,
  signer: TypedDataSigner,
  pool: PoolId,
  index = 0n,
): Promise<PrivateAccount> {
  const wallet = await signer.getAddress();
  const [owner] = await readView(provider, pool.pool, poolInterface, "ownerOf", [wallet]);
  const registeredOwner = owner === 0n ? undefined : (owner as bigint);
  return derivePrivateAccount(signer, pool, { index, registeredOwner });
}
