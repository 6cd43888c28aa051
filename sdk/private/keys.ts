import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { BASE_POINT, multiplyPoint, type Point } from "./babyJubjub.ts";
import { bytesToBigint } from "./bytes.ts";
import { FIELD_ORDER, SUBGROUP_ORDER } from "./field.ts";
import { accountOf, ownerOf } from "./owner.ts";

/** The secrets of a private account. None follows from another. */
export interface PrivateKeys {
  /** a: allows to spend. */
  spendScalar: bigint;
  /** nk: tells which notes are spent. */
  nullifierKey: bigint;
  /** v: reads memos. */
  viewScalar: bigint;
  /** 32 bytes, which the nonces of signatures come from. */
  signKey: Uint8Array;
}

/** A private account with what follows from its secrets. */
export interface PrivateAccount extends PrivateKeys {
  /** A = a·B8. */
  spendKey: Point;
  /** V = v·B8. */
  viewKey: Point;
  account: bigint;
  owner: bigint;
}

const SALT = utf8ToBytes("sealwatt/private/1");
// Twice the length of what they are reduced by: the bias is below 2^-250.
const WIDE_BYTES = 64;

function derive(seed: Uint8Array, info: string): Uint8Array {
  return hkdf(sha256, seed, SALT, utf8ToBytes(info), WIDE_BYTES);
}

function deriveBelow(seed: Uint8Array, info: string, order: bigint): bigint {
  const value = bytesToBigint(derive(seed, info)) % order;
  // Comes once in 2^250 seeds; a zero key would switch off what it protects.
  if (value === 0n) throw new RangeError(`The seed gives no key for ${info}.`);
  return value;
}

/** What follows from the secrets of an account. */
export function accountOfKeys(keys: PrivateKeys): PrivateAccount {
  const spendKey = multiplyPoint(BASE_POINT, keys.spendScalar);
  const viewKey = multiplyPoint(BASE_POINT, keys.viewScalar);
  const account = accountOf(spendKey, keys.nullifierKey);
  return { ...keys, spendKey, viewKey, account, owner: ownerOf(account, viewKey) };
}

/** @param seed 32 bytes, as `seedOfSignature` gives them */
export function accountOfSeed(seed: Uint8Array): PrivateAccount {
  if (seed.length !== 32) throw new RangeError("A seed has 32 bytes.");
  return accountOfKeys({
    spendScalar: deriveBelow(seed, "spend", SUBGROUP_ORDER),
    nullifierKey: deriveBelow(seed, "nullifier", FIELD_ORDER),
    viewScalar: deriveBelow(seed, "view", SUBGROUP_ORDER),
    signKey: derive(seed, "sign").slice(0, 32),
  });
}
