import { readFile } from "node:fs/promises";
import path from "node:path";
import { showValue } from "../sdk/errors.ts";
import type { OrderSide } from "../sdk/orders/packedOrder.ts";
import { parseJson } from "../sdk/parseJson.ts";
import { TaskInputError } from "./taskError.ts";

/** An order of a day schedule, as a file has it. */
export interface PlannedOrder {
  period: number;
  side: OrderSide;
  energyWh: number;
  priceMicroPerKwh: number;
}

const COLUMNS = ["period", "side", "energyWh", "priceMicroPerKwh"] as const;
const MAX_UINT32 = 2 ** 32 - 1;

/**
 * Reads a day schedule: CSV with a header line, or JSON: an array of orders.
 * @throws TaskInputError naming the line of a CSV, or the order of a JSON
 */
export async function readOrdersFile(file: string): Promise<PlannedOrder[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new TaskInputError(
      `Cannot read ${showValue(file)}.`,
      `Correct --schedule (${(error as Error).message}).`,
    );
  }
  const orders = path.extname(file).toLowerCase() === ".json" ? fromJson(text) : fromCsv(text);
  if (orders.length === 0)
    throw new TaskInputError(`${showValue(file)} has no order.`, "Add at least one.");
  return orders;
}

function fromJson(text: string): PlannedOrder[] {
  const rows = parseJson(text);
  if (!Array.isArray(rows)) {
    throw new TaskInputError("The schedule is not a list.", 'Give [{"period":…}, …].');
  }
  return rows.map((row: unknown, index) => {
    if (typeof row !== "object" || row === null)
      throw new TaskInputError(`orders[${index}] is ${showValue(row)}.`, "Give an object.");
    return toOrder(row as Record<string, unknown>, `orders[${index}]`);
  });
}

function fromCsv(text: string): PlannedOrder[] {
  const [header = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const columns = header.split(",").map((name) => name.trim());
  if (COLUMNS.some((name) => !columns.includes(name)) || columns.length !== COLUMNS.length) {
    throw new TaskInputError(
      `Line 1 is ${showValue(header)}.`,
      `Begin with the header ${COLUMNS.join(",")}.`,
    );
  }
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const cells = line.split(",").map((cell) => cell.trim());
    const place = `Line ${index + 2}`;
    if (cells.length !== columns.length) {
      throw new TaskInputError(
        `${place} has ${cells.length} fields.`,
        `Give ${columns.length}: ${columns.join(",")}.`,
      );
    }
    const row = Object.fromEntries(
      columns.map((name, column) => {
        const cell = cells[column]!;
        return [name, /^\d+$/.test(cell) ? Number(cell) : cell];
      }),
    );
    return [toOrder(row, place)];
  });
}

function toOrder(row: Record<string, unknown>, place: string): PlannedOrder {
  for (const name of ["period", "energyWh", "priceMicroPerKwh"] as const) {
    const value = row[name];
    const isValid =
      typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_UINT32;
    if (!isValid) {
      throw new TaskInputError(
        `${place}: ${name} is ${value === undefined ? "missing" : showValue(value)}.`,
        `Give a whole number from 1 to ${MAX_UINT32}.`,
      );
    }
  }
  if (row.side !== "sell" && row.side !== "buy") {
    throw new TaskInputError(
      `${place}: side is ${row.side === undefined ? "missing" : showValue(row.side)}.`,
      "Give sell or buy.",
    );
  }
  const unknown = Object.keys(row).find((name) => !(COLUMNS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new TaskInputError(`${place}: ${showValue(unknown)} is unknown.`, "Remove it.");
  return row as unknown as PlannedOrder;
}
