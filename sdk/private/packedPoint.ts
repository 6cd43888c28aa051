import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { InvalidPointError, pointOfY, requirePublicKey, type Point } from "./babyJubjub.ts";
import { bigintToBytes32, bytesToBigint } from "./bytes.ts";
import { FIELD_ORDER } from "./field.ts";

const SIGN = 1n << 255n;

/** A point as 32 bytes: y, with the highest bit set where x is the larger of both roots. */
export function packPoint([x, y]: Point): Uint8Array<ArrayBuffer> {
  return bigintToBytes32(x > FIELD_ORDER / 2n ? y | SIGN : y);
}

/**
 * A public key from 32 bytes. Each has one form only.
 * @param field whose key, for the message
 * @throws InvalidPointError
 */
export function unpackPublicKey(field: string, bytes: Uint8Array): Point {
  const packed = bytesToBigint(bytes);
  const y = packed & (SIGN - 1n);
  const isNegative = packed !== y;
  const point = y < FIELD_ORDER ? pointOfY(y) : undefined;
  if (point === undefined) throw new InvalidPointError(field, "is no point of Baby Jubjub");
  const [x] = point;
  return requirePublicKey(field, isNegative ? [(FIELD_ORDER - x) % FIELD_ORDER, y] : point);
}

/** As {@link packPoint}, in hex. */
export function packedHex(point: Point): string {
  return `0x${bytesToHex(packPoint(point))}`;
}

/** As {@link unpackPublicKey}, from 0x and 64 hex digits. @throws InvalidPointError */
export function unpackHex(field: string, hex: string): Point {
  return unpackPublicKey(field, hexToBytes(hex.slice(2)));
}
