import type { Value } from "./table.ts";

/** @throws RangeError where it goes on behind the end */
export function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 8; ++index) {
    const byte = bytes.readUInt8(start + index);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return { value: value * 256 + bytes.readUInt8(start + 8), end: start + 9 };
}

/** Sizes of numbers by serial type: whole ones of 1 to 6, a double of 7. */
const NUMBER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8];

/**
 * The values of a record, see https://sqlite.org/fileformat2.html#record_format
 * @returns undefined where it is none that the store has written
 * @throws RangeError where it goes on behind the end
 */
export function decodeRecord(record: Buffer): Value[] | undefined {
  const header = readVarint(record, 0);
  if (header.value > record.length) return undefined;
  const values: Value[] = [];
  let at = header.value;
  for (let typeAt = header.end; typeAt < header.value;) {
    const type = readVarint(record, typeAt);
    typeAt = type.end;
    const size = type.value >= 12 ? (type.value - 12) >>> 1 : (NUMBER_BYTES[type.value] ?? 0);
    if (at + size > record.length) return undefined;
    const bytes = record.subarray(at, at + size);
    at += size;
    if (type.value === 0) values.push(null);
    else if (type.value <= 6) values.push(readInteger(bytes));
    else if (type.value === 7) values.push(bytes.readDoubleBE());
    else if (type.value === 8 || type.value === 9) values.push(type.value - 8);
    else if (type.value < 12) return undefined;
    else values.push(type.value % 2 === 0 ? Uint8Array.from(bytes) : bytes.toString());
  }
  return values;
}

function readInteger(bytes: Buffer): number {
  return bytes.length === 8 ? Number(bytes.readBigInt64BE()) : bytes.readIntBE(0, bytes.length);
}
