import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { getBytes } from "ethers";
import { BASE_POINT, multiplyPoint } from "../babyJubjub.ts";
import { bytesToBigint } from "../bytes.ts";
import type { EddsaKeys } from "../eddsa.ts";
import { SUBGROUP_ORDER } from "../field.ts";
import { gatewayTag } from "../owner.ts";

/** What a gateway vouches with in private markets. `spendKey` is its public key. */
export interface GatewayKeys extends EddsaKeys {
  /** What notes and plans call it. */
  tag: bigint;
}

const SALT = utf8ToBytes("sealwatt/gateway/1");
// Twice the length of what it is reduced by: the bias is below 2^-250.
const WIDE_BYTES = 64;

/**
 * A gateway's Baby Jubjub key, from the Ethereum key that it has already: there is one secret to keep, in the keystore or
 * file of `oracle/keys`. Neither key follows from what the other signs.
 * @param privateKey of the gateway's wallet, 32 bytes in hex
 */
export function gatewayKeysOf(privateKey: string): GatewayKeys {
  const secret = getBytes(privateKey);
  if (secret.length !== 32) throw new RangeError("A private key has 32 bytes.");
  const derive = (info: string) => hkdf(sha256, secret, SALT, utf8ToBytes(info), WIDE_BYTES);
  const spendScalar = bytesToBigint(derive("vouch")) % SUBGROUP_ORDER;
  // Comes once in 2^250 keys; a zero key would let everybody vouch.
  if (spendScalar === 0n) throw new RangeError("The private key gives no gateway key.");
  const spendKey = multiplyPoint(BASE_POINT, spendScalar);
  return { spendScalar, spendKey, signKey: derive("sign").slice(0, 32), tag: gatewayTag(spendKey) };
}
