import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { BASE_POINT, multiplyPoint, requirePublicKey, type Point } from "../babyJubjub.ts";
import { packPoint, unpackPublicKey } from "../packedPoint.ts";
import { randomScalar } from "../randomScalar.ts";
import { EnvelopeError } from "./uploadError.ts";

const SALT = utf8ToBytes("sealwatt/envelope/1");
const POINT_BYTES = 32;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What an envelope adds to what is in it. */
export const ENVELOPE_OVERHEAD_BYTES = POINT_BYTES + TAG_BYTES;

/** Key and nonce: the ephemeral point is used once, and so may the nonce follow from it. */
async function keyOf(shared: Point, ephemeral: Uint8Array, recipient: Uint8Array) {
  const info = concatBytes(ephemeral, recipient);
  const bits = hkdf(sha256, packPoint(shared), SALT, info, KEY_BYTES + NONCE_BYTES);
  const raw = new Uint8Array(bits.slice(0, KEY_BYTES));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { key, iv: new Uint8Array(bits.slice(KEY_BYTES)) };
}

/**
 * Encrypts to a Baby Jubjub key: ECDH with a fresh scalar, HKDF-SHA-256, AES-256-GCM. 48 bytes longer than what is in it.
 * @param aad what it is bound to: elsewhere it does not open
 * @param ephemeral fresh for each envelope: two of one scalar show both
 * @throws InvalidPointError where the key is none of order l
 */
export async function sealEnvelope(
  envelopeKey: Point,
  plain: Uint8Array,
  aad: Uint8Array,
  ephemeral = randomScalar(),
): Promise<Uint8Array> {
  requirePublicKey("The envelope key", envelopeKey);
  const sent = packPoint(multiplyPoint(BASE_POINT, ephemeral));
  const shared = multiplyPoint(envelopeKey, ephemeral);
  const { key, iv } = await keyOf(shared, sent, packPoint(envelopeKey));
  const algorithm = { name: "AES-GCM", iv, additionalData: new Uint8Array(aad) };
  const sealed = await crypto.subtle.encrypt(algorithm, key, new Uint8Array(plain));
  return concatBytes(sent, new Uint8Array(sealed));
}

/** @throws EnvelopeError where it was sealed for another key or place, or changed since */
export async function openEnvelope(
  scalar: bigint,
  bytes: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array> {
  if (bytes.length < ENVELOPE_OVERHEAD_BYTES) throw new EnvelopeError("envelope", "is cut");
  const ephemeral = bytes.slice(0, POINT_BYTES);
  let point: Point;
  try {
    point = unpackPublicKey("The envelope's point", ephemeral);
  } catch {
    // One outside of the subgroup would tell its sender the scalar modulo 8.
    throw new EnvelopeError("envelope", "does not begin with a point of the subgroup");
  }
  const recipient = packPoint(multiplyPoint(BASE_POINT, scalar));
  const { key, iv } = await keyOf(multiplyPoint(point, scalar), ephemeral, recipient);
  try {
    const algorithm = { name: "AES-GCM", iv, additionalData: new Uint8Array(aad) };
    const plain = await crypto.subtle.decrypt(algorithm, key, bytes.slice(POINT_BYTES));
    return new Uint8Array(plain);
  } catch {
    throw new EnvelopeError(
      "envelope",
      "does not open: it is for another key or upload, or changed",
    );
  }
}
