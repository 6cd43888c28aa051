import { concat, getBytes, hexlify, SigningKey, toUtf8Bytes, AbiCoder } from "ethers";
import { BaseError } from "../errors.ts";

/** What a ciphertext is bound to: moved to another place, it does not open. */
export interface CipherContext {
  /** Of the market and its chain; see `commitmentDomain`. */
  domain: string;
  participant: number;
  /** What `index` counts. */
  kind: "order" | "schedule";
  /** The period of an order, the day of a schedule. */
  index: number;
}

/** A ciphertext does not open: made for another key, participant or period, or not a ciphertext at all. */
export class UnreadableCiphertextError extends BaseError {
  override name = "UnreadableCiphertextError";
}

const coder = AbiCoder.defaultAbiCoder();
const INFO = toUtf8Bytes("Sealwatt sealed opening v1");
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const POINT_BYTES = 33;
const TAG_BYTES = 16;

function associatedData({
  domain,
  participant,
  kind,
  index,
}: CipherContext): Uint8Array<ArrayBuffer> {
  return bytesOf(
    coder.encode(
      ["bytes32", "uint256", "bool", "uint256"],
      [domain, participant, kind === "schedule", index],
    ),
  );
}

function bytesOf(hex: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(getBytes(hex));
}

/**
 * Key and nonce for one ciphertext. The nonce may come from the secret, since no two ciphertexts share one: the
 * ephemeral key is used once.
 */
async function deriveKey(sharedPoint: string, ephemeral: string, recipient: string) {
  const secret = await crypto.subtle.importKey("raw", bytesOf(sharedPoint), "HKDF", false, [
    "deriveBits",
  ]);
  const bits = await crypto.subtle.deriveBits(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: bytesOf(concat([INFO, ephemeral, recipient])),
    },
    secret,
    8 * (KEY_BYTES + NONCE_BYTES),
  );
  const key = await crypto.subtle.importKey("raw", bits.slice(0, KEY_BYTES), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  return { key, nonce: new Uint8Array(bits.slice(KEY_BYTES)) };
}

/**
 * Encrypts to the operator's key: ECIES over secp256k1 with HKDF-SHA-256 and AES-256-GCM, a fresh ephemeral key for
 * each ciphertext. Adds 49 bytes: the ephemeral point and the tag.
 * @param recipient a compressed secp256k1 point, as `Registry.openingKey` has it
 */
export async function encryptOpening(
  recipient: string,
  context: CipherContext,
  plaintext: Uint8Array,
): Promise<string> {
  const ephemeral = new SigningKey(crypto.getRandomValues(new Uint8Array(32)));
  const point = ephemeral.compressedPublicKey;
  const { key, nonce } = await deriveKey(
    ephemeral.computeSharedSecret(recipient),
    point,
    SigningKey.computePublicKey(recipient, true),
  );
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: associatedData(context) },
    key,
    new Uint8Array(plaintext),
  );
  return concat([point, new Uint8Array(sealed)]);
}

/**
 * Decrypts with the operator's key.
 * @throws UnreadableCiphertextError
 */
export async function decryptOpening(
  operator: SigningKey,
  context: CipherContext,
  ciphertext: string,
): Promise<Uint8Array> {
  try {
    const bytes = getBytes(ciphertext);
    if (bytes.length < POINT_BYTES + TAG_BYTES) throw new RangeError("It is too short.");
    const point = hexlify(bytes.slice(0, POINT_BYTES));
    const { key, nonce } = await deriveKey(
      operator.computeSharedSecret(point),
      point,
      operator.compressedPublicKey,
    );
    const plain = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: nonce, additionalData: associatedData(context) },
      key,
      bytesOf(bytes.slice(POINT_BYTES)),
    );
    return new Uint8Array(plain);
  } catch (error) {
    throw new UnreadableCiphertextError(
      `The sealed opening of participant ${context.participant}, ${context.kind} ${context.index}, cannot be read.`,
      {
        metaMessages: [
          "Encrypt it to the operator's current key, for this participant and period.",
        ],
        cause: error,
      },
    );
  }
}
