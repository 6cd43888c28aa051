import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { FrameError, MalformedMessageError } from "./messageError.ts";
import { parseWireJson, wireJson } from "./wireJson.ts";

/** What HTTP calls a frame. */
export const FRAME_CONTENT_TYPE = "application/vnd.sealwatt.frame";

/** Bytes with a JSON header that says what they are. */
export interface Frame {
  /** Without the lengths of parts. Read it with readers: it is what somebody sent. */
  header: Readonly<Record<string, unknown>>;
  /** Views of the frame's bytes. */
  parts: Uint8Array[];
}

/** What a place takes at most. */
export interface FrameLimits {
  mostParts: number;
  mostPartBytes: number;
}

const MAGIC = utf8ToBytes("SWF1");
const LENGTH_BYTES = 4;
const HEADER_START = MAGIC.length + LENGTH_BYTES;
const MOST_HEADER_BYTES = 2 ** 20;

/** @param header what JSON can hold, and bigints; its `parts` are the frame's own */
export function encodeFrame(
  header: object,
  parts: readonly Uint8Array[] = [],
): Uint8Array<ArrayBuffer> {
  return concatBytes(encodeFrameHead(header, parts), ...parts);
}

/** What comes before a frame's parts, for who sends them one by one. */
export function encodeFrameHead(header: object, parts: readonly Uint8Array[]): Uint8Array {
  if ("parts" in header) throw new TypeError("A frame's header has parts of its own.");
  const json = utf8ToBytes(wireJson({ ...header, parts: parts.map(({ length }) => length) }));
  if (json.length > MOST_HEADER_BYTES) {
    throw new RangeError(`A header of ${json.length} bytes is above ${MOST_HEADER_BYTES}.`);
  }
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, json.length);
  return concatBytes(MAGIC, length, json);
}

/** @throws FrameError unless the bytes are one whole frame within the limits, and nothing else */
export function decodeFrame(bytes: Uint8Array, limits: FrameLimits): Frame {
  if (bytes.length < HEADER_START || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new FrameError("does not begin with SWF1 and the length of a header");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerBytes = view.getUint32(MAGIC.length);
  if (headerBytes > MOST_HEADER_BYTES) {
    throw new FrameError(
      `says that its header has ${headerBytes} bytes, above ${MOST_HEADER_BYTES}`,
    );
  }
  const start = HEADER_START + headerBytes;
  if (start > bytes.length) throw new FrameError("ends within its header");
  const { parts: lengths, ...header } = parseHeader(bytes.subarray(HEADER_START, start));
  return { header, parts: cutParts(bytes, start, lengths, limits) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = parseWireJson(bytes);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    throw new FrameError(`has no header: ${error.shortMessage.slice(0, -1)}`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw new FrameError("has a header that is no JSON object");
  }
  return header as Record<string, unknown>;
}

function cutParts(
  bytes: Uint8Array,
  start: number,
  lengths: unknown,
  { mostParts, mostPartBytes }: FrameLimits,
): Uint8Array[] {
  if (!Array.isArray(lengths)) throw new FrameError("does not say how long its parts are");
  if (lengths.length > mostParts) {
    throw new FrameError(`has ${lengths.length} parts, above ${mostParts}`);
  }
  let at = start;
  const parts = lengths.map((length: unknown, i) => {
    if (!Number.isSafeInteger(length) || (length as number) < 0) {
      throw new FrameError(`gives part ${i} a length that is no whole number`);
    }
    if ((length as number) > mostPartBytes) {
      throw new FrameError(`has a part ${i} of ${length as number} bytes, above ${mostPartBytes}`);
    }
    at += length as number;
    return bytes.subarray(at - (length as number), at);
  });
  if (at > bytes.length) throw new FrameError("ends within its parts");
  if (at < bytes.length) throw new FrameError(`has ${bytes.length - at} bytes behind its parts`);
  return parts;
}
