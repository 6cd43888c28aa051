import { getAddress, isAddress } from "ethers";
import { showValue } from "../sdk/errors.ts";
import { TaskInputError } from "./taskError.ts";

/** Options as the command line has them: absent where undefined. */
export type Given = string | undefined;

/** A value of a JSON file as the command line would have it. */
export const asGiven = (value: unknown): Given =>
  value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);

const NANO_DIGITS = 9;

/** The value of an option that must be given. */
export function required(option: string, value: Given): string {
  if (value !== undefined && value !== "") return value;
  throw new TaskInputError(`${option} is missing.`, `Add ${option} VALUE; see --help.`);
}

/** A whole number that fits a JavaScript number. */
export function wholeNumber(option: string, value: Given): number {
  const text = required(option, value);
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new TaskInputError(`${option} is ${showValue(text)}.`, "Give a whole number.");
}

/** A checksummed address. */
export function address(option: string, value: Given): string {
  const text = required(option, value);
  if (isAddress(text)) return getAddress(text);
  throw new TaskInputError(
    `${option} is ${showValue(text)}.`,
    "Give an address of 40 hexadecimal digits.",
  );
}

/** An amount in units of currency, such as 12.5, as nano-currency. */
export function amountNano(option: string, value: Given): bigint {
  const text = required(option, value);
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  const amount = whole === undefined ? 0n : BigInt(whole + fraction.padEnd(NANO_DIGITS, "0"));
  if (amount > 0n) return amount;
  throw new TaskInputError(
    `${option} is ${showValue(text)}.`,
    "Give a positive amount of currency with at most 9 decimals, such as 12.5.",
  );
}

/** One of some words. */
export function oneOf<Word extends string>(
  option: string,
  value: Given,
  words: readonly Word[],
): Word {
  const text = required(option, value);
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new TaskInputError(`${option} is ${showValue(text)}.`, `Give one of ${words.join(", ")}.`);
}
