import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { DamagedKeyFileError } from "./keyFolderError.ts";

const MAGIC = Buffer.from("SWK1");
const IV_BYTES = 12;
const TAG_BYTES = 16;
const DIGEST_BYTES = 32;
const LEAST_BYTES = MAGIC.length + IV_BYTES + TAG_BYTES + DIGEST_BYTES;

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/**
 * Encrypts bytes with AES-256-GCM: `SWK1`, the initial vector, the ciphertext, its tag, and SHA-256 of all that, which
 * tells a torn file from one that was changed on purpose.
 * @param purpose what the bytes are of, which is authenticated with them
 */
export function sealBytes(key: Uint8Array, plain: Uint8Array, purpose: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(purpose));
  const body = [cipher.update(plain), cipher.final()];
  const sealed = Buffer.concat([MAGIC, iv, ...body, cipher.getAuthTag()]);
  return Buffer.concat([sealed, digestOf(sealed)]);
}

/** @param file for messages. @throws DamagedKeyFileError */
export function openBytes(key: Uint8Array, bytes: Buffer, purpose: string, file: string): Buffer {
  const sealed = bytes.subarray(0, -DIGEST_BYTES);
  const isWhole =
    bytes.length >= LEAST_BYTES && digestOf(sealed).equals(bytes.subarray(-DIGEST_BYTES));
  if (!isWhole || !sealed.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new DamagedKeyFileError(file, "is cut or damaged: its checksum does not fit");
  }
  const iv = sealed.subarray(MAGIC.length, MAGIC.length + IV_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, iv)
    .setAAD(Buffer.from(purpose))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const body = sealed.subarray(MAGIC.length + IV_BYTES, -TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    throw new DamagedKeyFileError(file, "is of other keys, or was changed and its checksum too");
  }
}
