import { MeterError, type MeterSample, type RawValue } from "../meters/meter.ts";
import { wordsOf, type Quantity, type RegisterSpec } from "../profiles/deviceProfile.ts";
import { decimalOf } from "./exact.ts";
import { decodeRegisters, energyWhFloor, isAbsent, powerW, scaledValue } from "./registerCode.ts";

/** One quantity of an answer. */
export interface Reading {
  raw: RawValue;
  spec: RegisterSpec;
  /** The registers' own value, before scale and unit; undefined where the device has none now. */
  value: bigint | number | string | undefined;
}

/**
 * Takes a quantity out of an answer.
 * @param wire the bytes from the quantity's first register on
 */
export function readingOf(
  quantity: Quantity,
  spec: RegisterSpec,
  functionCode: 3 | 4,
  wire: Buffer,
): Reading {
  const words = wordsOf(spec);
  const bytes = wire.subarray(0, 2 * words);
  const value = isAbsent(spec, bytes) ? undefined : decodeRegisters(spec, bytes);
  return {
    spec,
    value,
    raw: {
      quantity,
      source: `fc${functionCode}@${spec.address}x${words}`,
      hex: bytes.toString("hex"),
      value: shown(spec, value),
    },
  };
}

/** True for a text that the device has cut after its first character, as the EM24 sometimes does. */
export function isPartialText({ value }: Reading): boolean {
  return typeof value === "string" && value.length === 1;
}

/**
 * A meter's readings as a sample.
 * @throws MeterError "absent" where an energy is not there, "malformed" where it is negative
 */
export function sampleOf(where: string, readings: readonly Reading[]): MeterSample {
  const of = (quantity: Quantity) => readings.find(({ raw }) => raw.quantity === quantity);
  const power = of("activePowerW");
  const serial = of("serialNumber");
  return {
    importWh: energyOf(where, "importEnergyWh", of("importEnergyWh")),
    exportWh: energyOf(where, "exportEnergyWh", of("exportEnergyWh")),
    activePowerW:
      power?.value === undefined ? undefined : powerW(power.spec, power.value as bigint | number),
    serialNumber: serial?.value === undefined ? undefined : String(serial.value),
    raw: readings.map(({ raw }) => raw),
  };
}

function energyOf(where: string, quantity: Quantity, reading: Reading | undefined): bigint {
  const hex = reading?.raw.hex;
  const value = reading?.value;
  if (reading === undefined || value === undefined)
    throw new MeterError("absent", `${where} has no ${quantity} now.`, { hex });
  const energyWh = energyWhFloor(reading.spec, value as bigint | number);
  if (energyWh < 0n)
    throw new MeterError("malformed", `${where} shows a negative ${quantity}, ${energyWh} Wh.`, {
      hex,
      metaMessages: ["Check the profile, and the direction of the current transformers."],
    });
  return energyWh;
}

function shown(spec: RegisterSpec, value: Reading["value"]): string {
  if (value === undefined) return "absent";
  if (typeof value === "string") return value;
  return `${decimalOf(scaledValue(spec, value))} ${spec.unit}`.trimEnd();
}
