import { getAddress, type Signer } from "ethers";
import { OtherOwnerError, UnstableSignatureError } from "./accountError.ts";
import { accountOfSeed, type PrivateAccount } from "./keys.ts";
import { PRIVATE_ACCOUNT_TYPES, privateAccountMessage, seedOfSignature } from "./keySignature.ts";
import { poolDomain, type PoolId } from "./pool.ts";

/** What is needed of a wallet. */
export type TypedDataSigner = Pick<Signer, "getAddress" | "signTypedData">;

export interface DeriveOptions {
  /** Several accounts of one wallet count from 0. */
  index?: bigint;
  /** The owner that the chain has for this participant; undefined where the account is new. */
  registeredOwner: bigint | undefined;
}

/**
 * Derives the private account of a wallet from its signature. A new account's signature is asked for twice, since
 * keys from a signature that differs each time are lost; one that is registered is compared with what is.
 * @throws MalformedKeySignatureError, OtherWalletError, UnstableSignatureError, OtherOwnerError
 */
export async function derivePrivateAccount(
  signer: TypedDataSigner,
  pool: PoolId,
  { index = 0n, registeredOwner }: DeriveOptions,
): Promise<PrivateAccount> {
  const wallet = getAddress(await signer.getAddress());
  const askForSeed = async (): Promise<Uint8Array> =>
    seedOfSignature(
      pool,
      wallet,
      index,
      await signer.signTypedData(
        poolDomain(pool),
        PRIVATE_ACCOUNT_TYPES,
        privateAccountMessage(index),
      ),
    );
  const seed = await askForSeed();
  if (registeredOwner === undefined) {
    const again = await askForSeed();
    if (seed.some((byte, i) => byte !== again[i])) throw new UnstableSignatureError(wallet);
  }
  const account = accountOfSeed(seed);
  if (registeredOwner !== undefined && account.owner !== registeredOwner) {
    throw new OtherOwnerError(wallet, index, account.owner, registeredOwner);
  }
  return account;
}
