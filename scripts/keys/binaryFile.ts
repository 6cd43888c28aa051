import { BaseError } from "../../sdk/errors.ts";

/** A file of iden3's tools (r1cs, zkey, ptau) is not what it should be. */
export class BinaryFileError extends BaseError {
  override name = "BinaryFileError";
}

const HEADER_BYTES = 12;
const SECTION_HEADER_BYTES = 12;

/**
 * The sections of a file in iden3's format: four letters, a version and the number of sections, then
 * each section's number, length and content.
 */
export function readSections(file: Uint8Array, type: string): Map<number, Uint8Array> {
  const damaged = () =>
    new BinaryFileError(`These ${file.length} bytes are no complete ${type} file.`, {
      metaMessages: ["Make it again."],
    });
  if (file.length < HEADER_BYTES || Buffer.from(file.subarray(0, 4)).toString("latin1") !== type)
    throw damaged();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const sections = new Map<number, Uint8Array>();
  let at = HEADER_BYTES;
  for (let left = view.getUint32(8, true); left > 0; left--) {
    if (at + SECTION_HEADER_BYTES > file.length) throw damaged();
    const length = Number(view.getBigUint64(at + 4, true));
    const start = at + SECTION_HEADER_BYTES;
    if (start + length > file.length) throw damaged();
    sections.set(view.getUint32(at, true), file.subarray(start, start + length));
    at = start + length;
  }
  return sections;
}

/** Writes such a file; the sections get the numbers from 1 on. */
export function writeSections(
  type: string,
  version: number,
  sections: readonly Uint8Array[],
): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(type, "latin1");
  header.writeUInt32LE(version, 4);
  header.writeUInt32LE(sections.length, 8);
  const parts: Uint8Array[] = [header];
  for (const [index, content] of sections.entries()) {
    const sectionHeader = Buffer.alloc(SECTION_HEADER_BYTES);
    sectionHeader.writeUInt32LE(index + 1);
    sectionHeader.writeBigUInt64LE(BigInt(content.length), 4);
    parts.push(sectionHeader, content);
  }
  return Buffer.concat(parts);
}

/** A number as little-endian bytes. */
export function littleEndian(value: bigint, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * bytes, "0"), "hex").reverse();
}

/** Little-endian bytes as a number. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}
