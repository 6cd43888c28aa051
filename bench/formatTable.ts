import type { BenchTable, Cell } from "./types.ts";

function formatCell(cell: Cell): string {
  if (cell === null) return "–";
  return typeof cell === "number"
    ? cell.toLocaleString("en", { maximumSignificantDigits: 7 })
    : cell;
}

/** A table as Markdown, with numbers to the right. */
export function formatTable({ title, rows, notes }: BenchTable): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => formatCell(row[column]!)));
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...cells.map((row) => row[i]!.length)),
  );
  const isNumeric = columns.map((column) => rows.every((row) => typeof row[column] !== "string"));
  const toLine = (texts: readonly string[]): string =>
    `| ${texts.map((text, i) => (isNumeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))).join(" | ")} |`;
  const rule = widths.map((width, i) =>
    isNumeric[i] ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  const table = columns.length === 0 ? [] : [toLine(columns), toLine(rule), ...cells.map(toLine)];
  return [`## ${title}`, "", ...table, ...notes.map((note) => `\n${note}`)].join("\n");
}
