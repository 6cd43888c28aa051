import { getAddress, isAddress, parseUnits } from "ethers";
import { isIPv6 } from "node:net";
import { suggestNames } from "../../sdk/nearNames.ts";
import { isUnit, UNIT_FORM } from "../modbus/unitRange.ts";
import type { ConfigNode } from "./configNode.ts";
import type { Draft, Field, JsonSchema } from "./field.ts";

/** One value, as `parse` takes it; it returns undefined for what is wrong. */
function scalar<T>(
  expected: string,
  schema: JsonSchema,
  parse: (text: string, isPlain: boolean) => Draft<T> | undefined,
): Field<T> {
  return {
    expected,
    schema,
    read(node) {
      const { scalar: found } = node;
      const value = found && parse(found.text, found.isPlain);
      if (value !== undefined) return value;
      node.report(`${node.path} is ${node.shown}.`, `Give ${expected}${hint(node, schema.type)}.`);
    },
  };
}

/** What the writer seems to have expected: variables are replaced, and quotes do no harm. */
function hint({ scalar: found }: ConfigNode, type: unknown = "string"): string {
  if (found?.text.includes("${")) {
    return "; variables are taken for passwords, codes and URLs only";
  }
  return found?.isPlain === false && type !== "string" ? ", without quotes" : "";
}

/** Text on one line. @param pattern of the whole text */
export function text(
  expected: string,
  pattern = /^[^\p{Cc}]{1,200}$/u,
  schemaPattern = pattern.source,
): Field<string> {
  return scalar(expected, { type: "string", pattern: schemaPattern }, (value) =>
    pattern.test(value) && !value.includes("${") ? value : undefined,
  );
}

/** @param what the unit: ` of seconds` */
export function wholeNumber(minimum: number, maximum: number, what = ""): Field<number> {
  const expected =
    maximum === Number.MAX_SAFE_INTEGER
      ? `a whole number${what} from ${minimum}`
      : `a whole number${what} from ${minimum} to ${maximum}`;
  return scalar(expected, { type: "integer", minimum, maximum }, (value, isPlain) => {
    const number = Number(value);
    const isWhole = isPlain && /^(0|[1-9]\d*)$/.test(value);
    return isWhole && number >= minimum && number <= maximum ? number : undefined;
  });
}

/** A Modbus unit; which line may have 0 and 255, the checks of lines tell. */
export const modbusUnit: Field<number> = scalar(
  UNIT_FORM,
  { type: "integer", minimum: 0, maximum: 255, not: { minimum: 248, maximum: 254 } },
  (value, isPlain) =>
    isPlain && /^(0|[1-9]\d{0,2})$/.test(value) && isUnit(Number(value))
      ? Number(value)
      : undefined,
);

const MAX_GWEI = 1_000_000;

/** A price of gas in Gwei, as wei. */
export const gwei: Field<bigint> = scalar(
  `a number of Gwei from 0 to ${MAX_GWEI} with at most 9 decimals, such as 1.5`,
  { type: "number", minimum: 0, maximum: MAX_GWEI },
  (value, isPlain) =>
    isPlain && /^\d{1,7}(\.\d{1,9})?$/.test(value) && Number(value) <= MAX_GWEI
      ? parseUnits(value, "gwei")
      : undefined,
);

export const flag: Field<boolean> = scalar(
  "true or false",
  { type: "boolean" },
  (value, isPlain) =>
    isPlain && /^([tT]rue|TRUE|[fF]alse|FALSE)$/.test(value)
      ? value.toLowerCase() === "true"
      : undefined,
);

/** One of some words or numbers. */
export function choice<const T extends string | number>(...values: readonly T[]): Field<T> {
  const words = values.map(String);
  return {
    expected: `one of ${words.join(", ")}`,
    schema: { enum: values },
    read(node) {
      const { text, isPlain } = node.scalar ?? { text: "", isPlain: false };
      const found = values.find(
        (value) => String(value) === text && (isPlain || typeof value === "string"),
      );
      if (found !== undefined) return found as Draft<T>;
      node.report(`${node.path} is ${node.shown}.`, suggestNames(text, words, "values"));
    },
  };
}

const ADDRESS_PATTERN = /^0x[0-9a-fA-F]{40}$/;

/** An address whose letters are a checksum against slips of the pen. */
export const address: Field<string> = {
  expected: "an address: 0x and 40 hexadecimal digits",
  schema: { type: "string", pattern: ADDRESS_PATTERN.source },
  read(node) {
    const value = node.scalar?.text ?? "";
    if (!ADDRESS_PATTERN.test(value) || /^0x0*$/.test(value)) {
      node.report(`${node.path} is ${node.shown}.`, `Give ${this.expected}.`);
      return;
    }
    // Typed without its guard, which would say that what is refused is no text.
    const isValid: boolean = isAddress(value);
    if (!isValid) {
      node.report(
        `${node.path} is ${value}, whose capitals, a checksum, do not fit.`,
        "Copy it again from where it comes from.",
      );
      return;
    }
    const checksummed = getAddress(value);
    if (value === checksummed) return value;
    node.report(
      `${node.path} is ${value}, without capitals as a checksum.`,
      `Compare it with where it comes from, then write ${checksummed}.`,
    );
    return;
  },
};

/** A host to connect to or to listen at. */
export const host: Field<string> = scalar(
  "a host name or an IP address, without scheme and port",
  { type: "string", pattern: "^[0-9A-Za-z._:-]{1,253}$" },
  (value) => (/^[\w.-]{1,253}$/.test(value) || isIPv6(value) ? value : undefined),
);

/** A file of ours; relative to the configuration's folder. */
export const filePath: Field<string> = {
  expected: "a path, relative to this file's folder or from /",
  schema: { type: "string", minLength: 1 },
  read(node) {
    const value = node.scalar?.text ?? "";
    // A key in the place of its file must not be shown.
    if (/^(0x)?[0-9a-fA-F]{64}$/.test(value)) {
      node.report(
        `${node.path} looks like a private key.`,
        "Give the path of a file that holds it, and take a new key: this one has been seen.",
      );
      return;
    }
    if (value !== "" && !/^~|\$\{|\p{Cc}/u.test(value)) return value;
    node.report(`${node.path} is ${node.shown}.`, `Give ${this.expected}${hint(node)}.`);
  },
};

/** What the device calls itself, or false where it does not. */
export const serialNumber: Field<string | false> = scalar(
  "the serial number that the device tells, or false if it tells none",
  { anyOf: [{ type: "string", minLength: 1 }, { type: "integer" }, { const: false }] },
  (value, isPlain) => {
    if (isPlain && /^(true|false)$/i.test(value)) {
      return value.toLowerCase() === "false" ? false : undefined;
    }
    return /^[^\p{Cc}]{1,64}$/u.test(value) ? value : undefined;
  },
);
