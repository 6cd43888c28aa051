import { MeterError } from "../meters/meter.ts";
import { showHex } from "./frame.ts";

/** A decimal number in BCD, the low byte first. */
export interface NumberFormat {
  kind: "number";
  bytes: number;
  /** Digits behind the point. */
  decimals: number;
  /** The top bit is the sign; else it is part of the top digit. */
  signed: boolean;
  unit: string;
  /** Several follow one another: the total, then the tariffs or the phases. */
  block?: boolean;
}

/** How a value lies in the data of a frame, behind its identifier. */
export type ValueFormat =
  | NumberFormat
  /** An address or a number that is a name: its digits are shown, not judged. */
  | { kind: "digits"; bytes: number }
  /** Weekday, day, month, year. */
  | { kind: "date" }
  /** Second, minute, hour. */
  | { kind: "time" }
  /** Minute, hour, day, month, year. */
  | { kind: "dateTime" };

/**
 * The number in units of its last digit, exact; undefined where the meter marks it as absent, with FF in every byte.
 * @throws MeterError for a wrong length, and for digits above 9
 */
export function decodeNumber(format: NumberFormat, bytes: Uint8Array): bigint | undefined {
  if (bytes.length !== format.bytes)
    throw new MeterError(
      "malformed",
      `The value has ${bytes.length} bytes, it must have ${format.bytes}.`,
      { hex: showHex(bytes) },
    );
  if (isAbsent(bytes)) return undefined;
  const top = bytes[bytes.length - 1]!;
  const negative = format.signed && (top & 0x80) !== 0;
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) {
    const byte = index === bytes.length - 1 && negative ? top & 0x7f : bytes[index]!;
    value = value * 100n + BigInt(decodeDigits(byte, bytes));
  }
  return negative ? -value : value;
}

/**
 * The bytes of a number.
 * @param value in units of its last digit
 * @throws RangeError where it does not fit, which is a defect of the caller
 */
export function encodeNumber(format: NumberFormat, value: bigint): Uint8Array {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(2 * format.bytes, "0");
  const bytes = Buffer.from(digits, "hex").reverse();
  const top = bytes[bytes.length - 1]!;
  if (digits.length !== 2 * format.bytes || (format.signed ? top >= 0x80 : negative))
    throw new RangeError(`The value ${value} does not fit into ${format.bytes} bytes.`);
  if (negative) bytes[bytes.length - 1] = top | 0x80;
  return bytes;
}

/** A number in units of its last digit as a decimal number: `-1.3456`. */
export function formatScaled(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const text = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return value < 0n ? `-${text}` : text;
}

/**
 * The values in the data of a frame as texts, one where the format is no block; undefined where one is absent.
 * @throws MeterError for a wrong length, and for digits above 9
 */
export function decodeValues(format: ValueFormat, bytes: Uint8Array): (string | undefined)[] {
  if (format.kind === "number") {
    const count = format.block === true ? Math.max(1, Math.ceil(bytes.length / format.bytes)) : 1;
    return Array.from({ length: count }, (_, index) => {
      const end = format.block === true ? (index + 1) * format.bytes : bytes.length;
      const value = decodeNumber(format, bytes.subarray(index * format.bytes, end));
      return value === undefined ? undefined : formatScaled(value, format.decimals);
    });
  }
  const length =
    format.kind === "digits" ? format.bytes : { date: 4, time: 3, dateTime: 5 }[format.kind];
  if (bytes.length !== length)
    throw new MeterError(
      "malformed",
      `The value has ${bytes.length} bytes, it must have ${length}.`,
      {
        hex: showHex(bytes),
      },
    );
  if (isAbsent(bytes)) return [undefined];
  const [a, b, c, d, e] = decodePairs(bytes);
  if (format.kind === "digits") return [decodePairs(bytes).reverse().join("")];
  for (const byte of bytes) decodeDigits(byte, bytes);
  if (format.kind === "date") return [`20${d!}-${c!}-${b!} weekday ${a!}`];
  if (format.kind === "time") return [`${c!}:${b!}:${a!}`];
  return [`20${e!}-${d!}-${c!} ${b!}:${a!}`];
}

/** Twelve digits, or however many, the low byte first. */
export function encodeDigitPairs(digits: string): Uint8Array {
  return Buffer.from(digits, "hex").reverse();
}

function decodePairs(bytes: Uint8Array): string[] {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase());
}

function isAbsent(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0xff);
}

function decodeDigits(byte: number, bytes: Uint8Array): number {
  const high = byte >> 4;
  const low = byte & 0x0f;
  if (high > 9 || low > 9)
    throw new MeterError(
      "absent",
      `The value ${showHex(bytes)} is no number: its digits go beyond 9.`,
      {
        hex: showHex(bytes),
      },
    );
  return 10 * high + low;
}
