import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { getAddress, recoverAddress, Signature, TypedDataEncoder, toBeHex } from "ethers";
import { MalformedKeySignatureError, OtherWalletError } from "./accountError.ts";
import { bigintToBytes32 } from "./bytes.ts";
import { poolDomain, type PoolId } from "./pool.ts";
import { SECP256K1_ORDER as ORDER } from "./secp256k1.ts";

/** The EIP-712 type that a wallet signs for its private account. */
export const PRIVATE_ACCOUNT_TYPES = {
  PrivateAccount: [
    { name: "purpose", type: "string" },
    { name: "index", type: "uint256" },
  ],
};

/** What the wallet shows to its user. */
export const PRIVATE_ACCOUNT_PURPOSE =
  "Derives the keys of my private account. Whoever has this signature can read and spend my private money: " +
  "sign it only where you trust the page.";

/** The values that are signed. @param index several accounts of one wallet count from 0 */
export function privateAccountMessage(index: bigint): { purpose: string; index: bigint } {
  return { purpose: PRIVATE_ACCOUNT_PURPOSE, index };
}

/**
 * The seed of a private account's keys. Both twins of a signature, with s and n − s, give the same. The signature is
 * a secret: no error holds it, nor what a library said about it.
 * @param signature 65 bytes as hex, as wallets give it
 * @throws MalformedKeySignatureError, OtherWalletError
 */
export function seedOfSignature(
  pool: PoolId,
  wallet: string,
  index: bigint,
  signature: string,
): Uint8Array {
  const address = getAddress(wallet);
  if (!/^0x[0-9a-f]{130}$/i.test(signature)) {
    throw new MalformedKeySignatureError(address, "has not the form of 65 bytes");
  }
  const r = BigInt(signature.slice(0, 66));
  const s = BigInt(`0x${signature.slice(66, 130)}`);
  const v = parseInt(signature.slice(130), 16);
  if (r === 0n || r >= ORDER || s === 0n || s >= ORDER || ![0, 1, 27, 28].includes(v)) {
    throw new MalformedKeySignatureError(address, "has a number out of its range");
  }
  const isUpper = s > ORDER / 2n;
  const lowS = isUpper ? ORDER - s : s;
  const parity = (v % 27) ^ (isUpper ? 1 : 0);
  const signer = recover(pool, address, index, { r, s: lowS, parity });
  if (signer !== address) throw new OtherWalletError(address, signer);
  return keccak_256(concatBytes(bigintToBytes32(r), bigintToBytes32(lowS)));
}

function recover(
  pool: PoolId,
  address: string,
  index: bigint,
  { r, s, parity }: { r: bigint; s: bigint; parity: number },
): string {
  const digest = TypedDataEncoder.hash(
    poolDomain(pool),
    PRIVATE_ACCOUNT_TYPES,
    privateAccountMessage(index),
  );
  try {
    const signature = Signature.from({ r: toBeHex(r, 32), s: toBeHex(s, 32), v: 27 + parity });
    return recoverAddress(digest, signature);
  } catch {
    // Not every r is the x of a point.
    throw new MalformedKeySignatureError(address, "belongs to no key");
  }
}
