import { inspect } from "node:util";
import { BaseError } from "../../sdk/errors.ts";
import { printable } from "../../sdk/printable.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a log line tells beside its message; the names of its own parts are taken. */
export type LogFields = Readonly<Record<string, unknown>> & {
  time?: never;
  level?: never;
  message?: never;
};

export interface LogEntry {
  timeMs: number;
  level: LogLevel;
  /** One sentence in plain words. */
  message: string;
  fields: LogFields;
}

/** A device's or a node's answer can be of any length; nobody reads on. */
const LONGEST_TEXT = 2000;

/** Makes a line of an entry. It never throws, whatever the fields hold. */
export type LogFormat = (entry: LogEntry, redact: (text: string) => string) => string;

/** One JSON object. */
export const jsonLine: LogFormat = ({ timeMs, level, message, fields }, redact) =>
  JSON.stringify({
    time: new Date(timeMs).toISOString(),
    level,
    message: shorten(redact(message)),
    ...(plain(fields, redact) as object),
  });

/** For terminals. What devices and nodes sent cannot break the line or control the terminal. */
export const textLine: LogFormat = ({ timeMs, level, message, fields }, redact) => {
  const time = new Date(timeMs).toISOString().replace("T", " ");
  const shown = Object.entries(plain(fields, redact) as object).map(
    ([name, value]) => `${name}=${showField(value)}`,
  );
  const text = printable(shorten(redact(message)));
  return [`${time} ${level.toUpperCase().padEnd(5)} ${text}`, ...shown].join("  ");
};

function showField(value: unknown): string {
  const simple = typeof value === "string" && /^[\w.:/+@-]+$/.test(value);
  return simple ? value : printable(JSON.stringify(value));
}

function shorten(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}

/** Fields as JSON can hold them, without secrets. */
function plain(fields: LogFields, redact: (text: string) => string): unknown {
  const clean = (_name: string, value: unknown): unknown => {
    if (typeof value === "string") return shorten(redact(value));
    if (typeof value === "bigint") return value.toString();
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    return value instanceof Error ? plainError(value) : value;
  };
  try {
    return JSON.parse(JSON.stringify(fields, clean));
  } catch {
    // A circle, or a getter that throws.
    return { fields: shorten(redact(inspect(fields))) };
  }
}

function plainError(error: Error): object {
  const { name, message, stack, cause } = error;
  // What a user can mend needs its remedy; a defect needs its place.
  return error instanceof BaseError
    ? { name, message: error.shortMessage, details: error.details, remedy: error.metaMessages }
    : { name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
