import { MeterError } from "../meters/meter.ts";

/**
 * A frame of DL/T 645-2007, in either direction:
 *
 *     FE…  68 A0 A1 A2 A3 A4 A5 68 C  L  DATA[L] CS 16
 *
 * Each byte of DATA carries 0x33 more than it means. CS is the sum of all bytes before it from the first 68, modulo 256.
 */
export interface Dlt645Frame {
  /**
   * Twelve digits, the most significant first (A5 to A0). `A` stands where a wildcard is, and some meters put other
   * letters there: an address is compared, never judged.
   */
  address: string;
  /** See `control.ts`. */
  control: number;
  /** As meant: without the 0x33. */
  data: Uint8Array;
}

export const START = 0x68;
const END = 0x16;
export const WAKE_UP = 0xfe;
/** Some meters end their replies with these, outside of the frame. */
const TRAILER = 0xff;

/** The bytes of a frame beside its data. */
const OVERHEAD_BYTES = 12;
const DATA_OFFSET = 10;
/** What a reply can carry; requests to write carry 50. */
export const MAX_DATA_BYTES = 200;
export const MAX_FRAME_BYTES = OVERHEAD_BYTES + MAX_DATA_BYTES;
/** What a master sends before its frame to wake the receiver. */
const WAKE_UP_BYTES = 4;

/**
 * The bytes of a frame.
 * @param wakeUpBytes how many FE go before it
 * @throws RangeError for an address or data that do not fit, which is a defect of the caller
 */
export function encodeFrame(
  { address, control, data }: Dlt645Frame,
  { wakeUpBytes = WAKE_UP_BYTES }: { wakeUpBytes?: number } = {},
): Buffer {
  if (!/^[0-9A-F]{12}$/.test(address))
    throw new RangeError("An address of DL/T 645 has twelve digits.");
  if (data.length > MAX_DATA_BYTES)
    throw new RangeError(`A frame holds ${MAX_DATA_BYTES} bytes of data, not ${data.length}.`);
  const bytes = Buffer.alloc(wakeUpBytes + OVERHEAD_BYTES + data.length, WAKE_UP);
  const frame = bytes.subarray(wakeUpBytes);
  frame[0] = START;
  frame.set(Buffer.from(address, "hex").reverse(), 1);
  frame[7] = START;
  frame[8] = control;
  frame[9] = data.length;
  for (let index = 0; index < data.length; index++)
    frame[DATA_OFFSET + index] = data[index]! + 0x33;
  frame[frame.length - 2] = checksum(frame, 0, frame.length - 2);
  frame[frame.length - 1] = END;
  return bytes;
}

/**
 * The frame that the bytes are: wake-up bytes, one frame, trailing FF, and nothing else.
 * @throws MeterError that says what is wrong with them
 */
export function decodeFrame(bytes: Uint8Array): Dlt645Frame {
  let start = 0;
  while (bytes[start] === WAKE_UP) start++;
  const found = frameAt(bytes, start);
  if ("frame" in found) {
    let end = start + found.length;
    while (bytes[end] === TRAILER) end++;
    if (end === bytes.length) return found.frame;
  }
  const fault =
    "fault" in found
      ? found.fault
      : "missing" in found
        ? `${found.missing} bytes or more are missing`
        : "bytes follow its end";
  throw new MeterError("malformed", `The bytes are no DL/T 645 frame: ${fault}.`, {
    hex: showHex(bytes),
  });
}

/** What lies at a place of a byte stream. */
export type FrameAt =
  | { frame: Dlt645Frame; length: number }
  /** It can still become a frame, with so many bytes or more. */
  | { missing: number }
  /** It is none, whatever follows; `length` where it has the shape of one and all its bytes. */
  | { fault: string; length?: number };

/** Looks for a frame that begins exactly at an offset. */
export function frameAt(bytes: Uint8Array, offset: number): FrameAt {
  const present = bytes.length - offset;
  if (present > 0 && bytes[offset] !== START)
    return { fault: `it begins with ${hexByte(bytes[offset]!)}, not 68` };
  if (present > 7 && bytes[offset + 7] !== START)
    return { fault: `${hexByte(bytes[offset + 7]!)} follows its address, not 68` };
  if (present < DATA_OFFSET) return { missing: OVERHEAD_BYTES - present };
  const dataLength = bytes[offset + 9]!;
  if (dataLength > MAX_DATA_BYTES)
    return { fault: `it claims ${dataLength} bytes of data, the most is ${MAX_DATA_BYTES}` };
  const length = OVERHEAD_BYTES + dataLength;
  if (present < length) return { missing: length - present };
  const end = offset + length;
  if (bytes[end - 1] !== END)
    return { fault: `it ends with ${hexByte(bytes[end - 1]!)}, not 16`, length };
  const expected = checksum(bytes, offset, end - 2);
  if (bytes[end - 2] !== expected)
    return {
      fault: `its checksum is ${hexByte(bytes[end - 2]!)}, not ${hexByte(expected)}`,
      length,
    };
  const data = new Uint8Array(dataLength);
  for (let index = 0; index < dataLength; index++)
    data[index] = bytes[offset + DATA_OFFSET + index]! - 0x33;
  let address = "";
  for (let index = 6; index > 0; index--) address += hexByte(bytes[offset + index]!);
  return { frame: { address, control: bytes[offset + 8]!, data }, length };
}

/** Bytes as lower-case hex, cut where they are many: an error must not carry a flood. */
export function showHex(bytes: Uint8Array): string {
  return Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    Math.min(bytes.length, MAX_FRAME_BYTES),
  ).toString("hex");
}

const HEX = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0").toUpperCase(),
);

function hexByte(byte: number): string {
  return HEX[byte]!;
}

function checksum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += bytes[index]!;
  return sum & 0xff;
}
