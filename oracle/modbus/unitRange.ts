import type { LineProtocol } from "../config/config.ts";

/** What a unit may be, to complete "Give …". */
export const UNIT_FORM =
  "a whole number from 1 to 247, or 0 or 255 of a device that is asked directly over modbus-tcp";

const MOST_BUS_UNIT = 247;
/** A device behind no bus is known by its IP address: by "Modbus Messaging on TCP/IP" its unit means nothing. */
const DIRECT_UNITS: readonly number[] = [0, 255];

/** True for the unit of a device on a bus. */
export function isBusUnit(unit: number): boolean {
  return unit >= 1 && unit <= MOST_BUS_UNIT;
}

/** True for the unit of a device, on whichever line. */
export function isUnit(unit: number): boolean {
  return isBusUnit(unit) || DIRECT_UNITS.includes(unit);
}

/** True where a line may have the unit: on a bus 0 is everybody, and what is above 247 is reserved. */
export function isUnitOf(protocol: LineProtocol, unit: number): boolean {
  return isBusUnit(unit) || (protocol === "modbus-tcp" && isUnit(unit));
}

/** Why a line may not have a unit. */
export function misplacedUnit(protocol: LineProtocol, unit: number): { why: string; fix: string } {
  return {
    why: `Unit ${unit} is not for ${protocol}: on a bus it is no device's.`,
    fix: "Give the device's own unit, a whole number from 1 to 247.",
  };
}
