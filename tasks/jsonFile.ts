import { readFile } from "node:fs/promises";
import { showValue } from "../sdk/errors.ts";
import { suggestNames } from "../sdk/nearNames.ts";
import { parseJson } from "../sdk/parseJson.ts";
import { TaskInputError } from "./taskError.ts";

/**
 * The object that a JSON file holds.
 * @param what its name in messages, such as "parameters"
 */
export async function readJsonObject(
  option: string,
  file: string,
  what: string,
): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new TaskInputError(
      `Cannot read ${showValue(file)}.`,
      `Correct ${option} (${(error as Error).message}).`,
    );
  }
  return asObject(parseJson(text), what);
}

export function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new TaskInputError(`The ${what} are not an object.`, 'Give {"name": value, …}.');
}

/** Refuses keys that nobody knows, with the nearest of those that are known. */
export function requireKnown(
  given: Record<string, unknown>,
  known: readonly string[],
  what: string,
): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new TaskInputError(
    `The ${what} have the unknown key ${showValue(unknown)}.`,
    suggestNames(unknown, known, what),
  );
}
