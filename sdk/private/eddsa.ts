import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import {
  addPoints,
  BASE_POINT,
  isOfPrimeOrder,
  isOnCurve,
  multiplyPoint,
  type Point,
} from "./babyJubjub.ts";
import { bigintToBytes32, bytesToBigint } from "./bytes.ts";
import { requireField, SUBGROUP_ORDER } from "./field.ts";
import type { PrivateAccount } from "./keys.ts";
import { hash } from "./poseidon.ts";

/** An EdDSA-Poseidon signature, as circomlib's `EdDSAPoseidonVerifier` checks it. */
export interface EddsaSignature {
  r: Point;
  s: bigint;
}

/** What signs: the nonce comes from a key of its own, since a nonce that is told tells the scalar. */
export type EddsaKeys = Pick<PrivateAccount, "spendScalar" | "spendKey" | "signKey">;

function challenge(r: Point, key: Point, message: bigint): bigint {
  return hash(...r, ...key, message);
}

/**
 * Signs a field element. The nonce follows from it alone: signing again gives the same signature.
 * @throws OutOfRangeError where the message is not canonical
 */
export function signMessage(keys: EddsaKeys, message: bigint): EddsaSignature {
  requireField("The message to be signed", message);
  const nonce = bytesToBigint(hmac(sha512, keys.signKey, bigintToBytes32(message)));
  // 512 bits by a modulus of 251: no bit of the nonce is likelier than another.
  const k = nonce % SUBGROUP_ORDER;
  const r = multiplyPoint(BASE_POINT, k);
  const h = challenge(r, keys.spendKey, message);
  return { r, s: (k + 8n * h * keys.spendScalar) % SUBGROUP_ORDER };
}

/**
 * Whether a signature is of this key and message. Not canonical, of low order or out of range: it is not.
 * @throws OutOfRangeError where the message is not canonical
 */
export function verifySignature(key: Point, message: bigint, { r, s }: EddsaSignature): boolean {
  if (s < 0n || s >= SUBGROUP_ORDER || !isOnCurve(r) || !isOfPrimeOrder(key)) return false;
  const h = challenge(r, key, requireField("The signed message", message));
  const right = addPoints(r, multiplyPoint(key, (8n * h) % SUBGROUP_ORDER));
  const left = multiplyPoint(BASE_POINT, s);
  return left[0] === right[0] && left[1] === right[1];
}
