import { InvalidArgumentError } from "commander";

const LEAST_UNIT = 1;
const MOST_UNIT = 247;
const FAULT = "Give units from 1 to 247: 1 or 1,2,10-19.";

/** The Modbus units of a list such as `1,2,10-19`, as an option's value. */
export function parseUnits(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [, first, last] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part) ?? [];
    const from = Number(first);
    const to = Number(last ?? first);
    if (!(from >= LEAST_UNIT && to >= from && to <= MOST_UNIT))
      throw new InvalidArgumentError(FAULT);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
