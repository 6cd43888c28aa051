import { wordsOf, type RegisterSpec } from "../profiles/deviceProfile.ts";
import { divide, exact, floorOf, multiply, numberOf, type Exact } from "./exact.ts";

type Layout = Pick<RegisterSpec, "type" | "words" | "wordOrder">;

/** How many Wh or W a unit holds. */
const UNIT_FACTOR: Record<RegisterSpec["unit"], bigint> = {
  Wh: 1n,
  kWh: 1000n,
  W: 1n,
  kW: 1000n,
  "": 1n,
};

/**
 * The raw value of registers, before scale and unit.
 * @param wire the bytes in the order in which the device sent them
 */
export function decodeRegisters(layout: Layout, wire: Buffer): bigint | number | string {
  if (wire.length !== 2 * wordsOf(layout))
    throw new RangeError(
      `${layout.type} takes ${wordsOf(layout)} registers, not ${wire.length / 2}.`,
    );
  const bytes = swapWords(layout, wire);
  switch (layout.type) {
    case "int16":
      return BigInt(bytes.readInt16BE());
    case "uint16":
      return BigInt(bytes.readUInt16BE());
    case "int32":
      return BigInt(bytes.readInt32BE());
    case "uint32":
      return BigInt(bytes.readUInt32BE());
    case "int64":
      return bytes.readBigInt64BE();
    case "uint64":
      return bytes.readBigUInt64BE();
    case "float32":
      return bytes.readFloatBE();
    case "float64":
      return bytes.readDoubleBE();
    case "string":
      // Devices pad with NUL or blanks, at either end.
      return bytes.toString("latin1").replace(/^[\0 ]+|[\0 ]+$/g, "");
  }
}

/** The bytes of registers as a device sends them; integers that do not fit lose their high bits, as in a device. */
export function encodeRegisters(layout: Layout, raw: bigint | number | string): Buffer {
  const bytes = Buffer.alloc(2 * wordsOf(layout));
  const { type } = layout;
  if (type === "string") bytes.write(String(raw), "latin1");
  else if (type === "float32") bytes.writeFloatBE(Number(raw));
  else if (type === "float64") bytes.writeDoubleBE(Number(raw));
  else {
    const value = BigInt.asUintN(8 * bytes.length, BigInt(raw));
    bytes.write(value.toString(16).padStart(2 * bytes.length, "0"), "hex");
  }
  return swapWords(layout, bytes);
}

/** True where the device says that it has no such value: its absent marker, NaN, or an empty text. */
export function isAbsent(spec: Layout & Pick<RegisterSpec, "absent">, wire: Buffer): boolean {
  const raw = decodeRegisters(spec, wire);
  if (typeof raw === "number" && !Number.isFinite(raw)) return true;
  if (raw === "") return true;
  return spec.absent?.includes(swapWords(spec, wire).toString("hex")) ?? false;
}

/** A raw value in the unit of its register, exact. For a float this is its binary value. */
export function scaledValue({ scale }: Pick<RegisterSpec, "scale">, raw: bigint | number): Exact {
  return multiply(exact(raw), exact(scale));
}

/**
 * A raw value in Wh. Fractions are rounded down, so that a counter's differences add up to its advance whatever its
 * unit: 12345.67 kWh in a float32 is 12345.669921875 and gives 12345669 Wh.
 */
export function energyWhFloor(spec: RegisterSpec, raw: bigint | number): bigint {
  return floorOf(inBaseUnit(spec, raw));
}

/** A raw value in W. */
export function powerW(spec: RegisterSpec, raw: bigint | number): number {
  return numberOf(inBaseUnit(spec, raw));
}

/**
 * What a device sends that measures a quantity: the inverse of reading, as far as the register's steps allow.
 * @param value in Wh or W; a serial number as text or number
 */
export function encodeQuantity(spec: RegisterSpec, value: bigint | number | string): Buffer {
  if (spec.type === "string" || typeof value === "string") return encodeRegisters(spec, value);
  const raw = divide(exact(value), multiply(exact(spec.scale), exact(UNIT_FACTOR[spec.unit])));
  const isFloat = spec.type === "float32" || spec.type === "float64";
  return encodeRegisters(spec, isFloat ? numberOf(raw) : floorOf(raw));
}

function inBaseUnit(spec: RegisterSpec, raw: bigint | number): Exact {
  return multiply(scaledValue(spec, raw), exact(UNIT_FACTOR[spec.unit]));
}

/** Its own inverse. */
function swapWords({ type, wordOrder }: Layout, bytes: Buffer): Buffer {
  if (wordOrder === "high-first" || type === "string") return bytes;
  const swapped = Buffer.alloc(bytes.length);
  for (let at = 0; at < bytes.length; at += 2)
    bytes.copy(swapped, bytes.length - 2 - at, at, at + 2);
  return swapped;
}
