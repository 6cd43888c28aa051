import { InvalidArgumentError } from "commander";
import { isBusUnit, isUnit } from "../../oracle/modbus/unitRange.ts";

const FAULT =
  "Give units from 1 to 247: 1 or 1,2,10-19; or 0 or 255 of a device that is asked directly over modbus-tcp.";

/** The Modbus units of a list such as `1,2,10-19`, as an option's value. */
export function parseUnits(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [, first, last] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part) ?? [];
    const from = Number(first);
    const to = Number(last ?? first);
    const units = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
    // 0 and 255 stand alone: a range is of a bus.
    const isList = units.length > 1 ? isBusUnit(from) && isBusUnit(to) : units.every(isUnit);
    if (units.length === 0 || !isList) throw new InvalidArgumentError(FAULT);
    return units;
  });
}
