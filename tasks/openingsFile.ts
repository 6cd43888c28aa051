import { mkdir, open, readFile } from "node:fs/promises";
import path from "node:path";
import { showValue } from "../sdk/errors.ts";
import type { AnyOpening, ScheduledOrderOpening } from "../sdk/orders/opening.ts";
import { TaskInputError } from "./taskError.ts";

/** Where a market's openings are kept by default. Who has the file can read the orders before they open. */
export function defaultOpeningsFile(chainId: bigint | number, market: string): string {
  return path.join(".sealwatt", "openings", `${chainId}-${market}.jsonl`);
}

/** Adds openings to the file, one line each, and waits until they are on the disk. */
export async function keepOpenings(file: string, openings: readonly AnyOpening[]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "a", 0o600);
  try {
    const lines = openings.map((opening) =>
      JSON.stringify(opening, (_key, value: unknown) =>
        typeof value === "bigint" ? `0x${value.toString(16)}` : value,
      ),
    );
    await handle.appendFile(`${lines.join("\n")}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The openings that were kept for a period, the latest first.
 * @throws TaskInputError naming the line that cannot be read
 */
export async function readOpenings(file: string, period: number): Promise<AnyOpening[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new TaskInputError(
      `Cannot read the openings ${showValue(file)}.`,
      `Submit an order first, or name the file with --openings (${(error as Error).message}).`,
    );
  }
  return text
    .split("\n")
    .flatMap((line, index) => (line === "" ? [] : [toOpening(line, index + 1)]))
    .filter(({ order }) => order.period === period)
    .reverse();
}

function toOpening(line: string, number: number): AnyOpening {
  try {
    const { periods, ...opening } = JSON.parse(line) as Omit<ScheduledOrderOpening, "periods"> & {
      periods?: string;
    };
    if (typeof opening.salt !== "string" || typeof opening.order.period !== "number")
      throw new TypeError("it is no opening");
    return periods === undefined ? opening : { ...opening, periods: BigInt(periods) };
  } catch (error) {
    throw new TaskInputError(
      `Line ${number} of the openings cannot be read.`,
      `Restore the file from a copy, or remove the line (${(error as Error).message}).`,
    );
  }
}
