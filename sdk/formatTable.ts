import { printable } from "./printable.ts";

/**
 * Rows as text columns: texts to the left, the others to the right, as figures are read. What a terminal would obey is
 * shown as its code.
 * @param cells the header first
 * @param texts how many columns hold texts
 */
export function formatTable(cells: readonly (readonly string[])[], texts = 1): string {
  const rows = cells.map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column < texts ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
