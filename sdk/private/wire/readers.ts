import { getAddress } from "ethers";
import { showValue } from "../../errors.ts";
import { MalformedMessageError } from "./messageError.ts";

/**
 * Takes a value out of what somebody sent, or refuses it.
 * @param path where it stands, for the message
 * @throws MalformedMessageError
 */
export type Reader<T> = (value: unknown, path: string) => T;

function refuse(path: string, value: unknown, expected: string): never {
  const kind = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
  throw new MalformedMessageError(`${path} is no ${expected}; it is ${kind}.`, {
    metaMessages: ["Correct it, and send it again."],
  });
}

/** A whole number that JSON keeps exactly, from 0 on. */
export function uint(most = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value, path) => {
    if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most) {
      // Not -0, which JSON has too.
      return Math.abs(value as number);
    }
    return refuse(path, value, `whole number from 0 to ${most}`);
  };
}

/** A number, whole or not. JSON has no others than finite ones. */
export const finite: Reader<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? value : refuse(path, value, "number");

const MOST_DIGITS = 78;

/** A number as its decimal digits: one form for each. */
export function bigint(most = 2n ** 256n - 1n): Reader<bigint> {
  return (value, path) => {
    const isNumber =
      typeof value === "string" && value.length <= MOST_DIGITS && /^(?:0|[1-9]\d*)$/.test(value);
    if (isNumber && BigInt(value) <= most) return BigInt(value);
    return refuse(path, value, `text of a decimal number from 0 to ${most}`);
  };
}

/** 0x and an even number of lower-case hex digits. @param least in bytes */
export function hexBytes(least: number, most = least): Reader<string> {
  return (value, path) => {
    if (
      typeof value === "string" &&
      value.length >= 2 + 2 * least &&
      value.length <= 2 + 2 * most &&
      /^0x(?:[0-9a-f]{2})*$/.test(value)
    ) {
      return value;
    }
    const length = least === most ? String(least) : `${least} to ${most}`;
    return refuse(path, value, `0x and the lower-case hex digits of ${length} bytes`);
  };
}

/** 32 bytes. */
export const hash: Reader<string> = hexBytes(32);

/** An Ethereum address, in lower case or with its checksum. @returns with its checksum */
export const address: Reader<string> = (value, path) => {
  if (typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value)) {
    try {
      return getAddress(value);
    } catch {
      // Its capitals are no checksum of it.
    }
  }
  return refuse(path, value, "Ethereum address");
};

export const boolean: Reader<boolean> = (value, path) =>
  typeof value === "boolean" ? value : refuse(path, value, "true or false");

/** @param most in UTF-16 units */
export function text(most: number): Reader<string> {
  return (value, path) =>
    typeof value === "string" && value.length <= most
      ? value
      : refuse(path, value, `text of at most ${most} characters`);
}

/** One of some texts. */
export function oneOf<T extends string>(...choices: readonly T[]): Reader<T> {
  return (value, path) =>
    choices.includes(value as T)
      ? (value as T)
      : refuse(path, value, choices.map((choice) => JSON.stringify(choice)).join(" or "));
}

/** A list of at most so many. */
export function array<T>(item: Reader<T>, most: number): Reader<T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > most) {
      return refuse(path, value, `list of at most ${most}`);
    }
    return value.map((one: unknown, i) => item(one, `${path}[${i}]`));
  };
}

/** Makes a field one that may be missing. */
export interface OptionalReader<T> {
  optional: Reader<T>;
}
export function optional<T>(reader: Reader<T>): OptionalReader<T> {
  return { optional: reader };
}

type Fields = Readonly<Record<string, Reader<unknown> | OptionalReader<unknown>>>;
type RequiredOf<F> = { [K in keyof F as F[K] extends Reader<unknown> ? K : never]: TypeOf<F[K]> };
type OptionalOf<F> = {
  [K in keyof F as F[K] extends Reader<unknown> ? never : K]?: TypeOf<F[K]>;
};
type TypeOf<R> = R extends Reader<infer T> ? T : R extends OptionalReader<infer T> ? T : never;

function requireObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(path, value, "object");
  }
  return value as Readonly<Record<string, unknown>>;
}

/** An object of exactly these keys. */
export function object<F extends Fields>(fields: F): Reader<RequiredOf<F> & OptionalOf<F>> {
  return (value, path) => {
    const given = requireObject(value, path);
    const unknown = Object.keys(given).filter((key) => !Object.hasOwn(fields, key));
    if (unknown.length > 0) {
      throw new MalformedMessageError(`${path} has ${unknown.length} keys that it does not take.`, {
        metaMessages: [`It has ${Object.keys(fields).join(", ")} and nothing else.`],
      });
    }
    const entries = Object.entries(fields).flatMap(([key, field]): [string, unknown][] => {
      const reader = typeof field === "function" ? field : field.optional;
      if (Object.hasOwn(given, key)) return [[key, reader(given[key], `${path}.${key}`)]];
      return typeof field === "function" ? [[key, refuseMissing(path, key)]] : [];
    });
    return Object.fromEntries(entries) as RequiredOf<F> & OptionalOf<F>;
  };
}

function refuseMissing(path: string, key: string): never {
  throw new MalformedMessageError(`${path} has no ${key}.`, {
    metaMessages: ["Correct it, and send it again."],
  });
}

/** An object of any keys. @param most how many */
export function record<T>(item: Reader<T>, most: number): Reader<Record<string, T>> {
  return (value, path) => {
    const entries = Object.entries(requireObject(value, path));
    // What is copied with it into another object would become that one's prototype.
    if (entries.length > most || entries.some(([key]) => key === "__proto__")) {
      return refuse(path, value, `object of at most ${most} names`);
    }
    return Object.fromEntries(
      entries.map(([key, one]) => [key, item(one, `${path}[${showValue(key)}]`)]),
    );
  };
}
