import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { BaseWallet, getBytes, SigningKey, toBeHex } from "ethers";
import { bytesToBigint } from "../bytes.ts";
import type { PrivateAccount } from "../keys.ts";
import { SECP256K1_ORDER } from "../secp256k1.ts";

const SALT = utf8ToBytes("sealwatt/upload/1");
// Twice the length of what it is reduced by: the bias is below 2^-250.
const WIDE_BYTES = 64;

/**
 * The key that uploads a plan and its rests. It follows from the account and the first ciphertext: a wallet has nothing
 * to keep, and no two plans have one key.
 * @param originContentHash of the ciphertext that the plan was submitted with
 */
export function uploadKeyOf(
  account: Pick<PrivateAccount, "signKey">,
  originContentHash: string,
): BaseWallet {
  const info = concatBytes(utf8ToBytes("plan"), getBytes(originContentHash));
  const wide = bytesToBigint(hkdf(sha256, account.signKey, SALT, info, WIDE_BYTES));
  return new BaseWallet(new SigningKey(toBeHex(1n + (wide % (SECP256K1_ORDER - 1n)), 32)));
}
