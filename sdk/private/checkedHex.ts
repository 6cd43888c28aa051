import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { BaseError } from "../errors.ts";

const CHECKSUM_BYTES = 4;

/** A text is not what was given out: cut, mistyped, or of another kind. It may be a secret, and is not told. */
export class CheckedTextError extends BaseError {
  override name = "CheckedTextError";

  constructor(kind: string, fault: string, prefix: string) {
    super(`The ${kind} ${fault}.`, {
      metaMessages: [`Copy it whole from where it was shown: it begins with ${prefix}.`],
    });
  }
}

function checksum(prefix: string, payload: Uint8Array): Uint8Array {
  return keccak_256(concatBytes(utf8ToBytes(prefix), payload)).slice(0, CHECKSUM_BYTES);
}

/** Bytes as text with a prefix that tells what they are, and a checksum. */
export function encodeChecked(prefix: string, payload: Uint8Array): string {
  return prefix + bytesToHex(concatBytes(payload, checksum(prefix, payload)));
}

/** @param kind what it should be, for the message. @throws CheckedTextError */
export function decodeChecked(kind: string, prefix: string, text: string, length: number) {
  if (!text.startsWith(prefix)) throw new CheckedTextError(kind, "has another beginning", prefix);
  const hex = text.slice(prefix.length);
  if (hex.length !== 2 * (length + CHECKSUM_BYTES)) {
    const expected = prefix.length + 2 * (length + CHECKSUM_BYTES);
    throw new CheckedTextError(kind, `has ${text.length} characters, not ${expected}`, prefix);
  }
  if (!/^[0-9a-f]*$/.test(hex)) {
    throw new CheckedTextError(kind, "has a character that is no lower-case hex digit", prefix);
  }
  const bytes = hexToBytes(hex);
  const payload = bytes.slice(0, length);
  if (checksum(prefix, payload).some((byte, i) => byte !== bytes[length + i])) {
    throw new CheckedTextError(kind, "is mistyped: its checksum does not fit", prefix);
  }
  return payload;
}
