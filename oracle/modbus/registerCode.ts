import { WORDS, type RegisterType } from "../profiles/deviceProfile.ts";

/** The 16-bit registers that hold a value, the high word first. */
export function encodeRegisters(type: RegisterType, value: bigint | number): number[] {
  const bytes = Buffer.alloc(2 * WORDS[type]);
  if (type === "int64") bytes.writeBigInt64BE(BigInt(value));
  else if (type === "uint32") bytes.writeUInt32BE(Number(value));
  else bytes.writeFloatBE(Number(value));
  return Array.from({ length: WORDS[type] }, (_, word) => bytes.readUInt16BE(2 * word));
}

/** The value of 16-bit registers; int64 comes as a bigint, since a number would lose its low digits. */
export function decodeRegisters(type: RegisterType, words: readonly number[]): bigint | number {
  if (words.length !== WORDS[type])
    throw new RangeError(`${type} takes ${WORDS[type]} registers, not ${words.length}.`);
  const bytes = Buffer.alloc(2 * words.length);
  words.forEach((word, index) => bytes.writeUInt16BE(word, 2 * index));
  if (type === "int64") return bytes.readBigInt64BE();
  return type === "uint32" ? bytes.readUInt32BE() : bytes.readFloatBE();
}
