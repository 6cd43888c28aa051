/** Bytes as a big-endian number. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** A number as 32 big-endian bytes. @throws RangeError where it does not fit */
export function bigintToBytes32(value: bigint): Uint8Array<ArrayBuffer> {
  if (value < 0n || value >> 256n !== 0n) throw new RangeError("The number has no 32 bytes.");
  const bytes = new Uint8Array(32);
  for (let rest = value, i = 31; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
