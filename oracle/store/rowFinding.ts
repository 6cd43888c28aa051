import type { StoreDatabase } from "./storeDatabase.ts";
import type { Row, Table } from "./table.ts";

/** What is damaged of a row or of its entries in the indexes, in a sentence. */
export function findingOf(database: StoreDatabase, table: Table, row: Row): string | undefined {
  const { name, indexes } = table;
  const id = row.id!;
  if (!table.isIntact(row)) return `Row ${String(id)} of ${name} has a wrong checksum.`;
  const lookups = new Map([...indexes].map(([index, columns]) => [index, [...columns, "id"]]));
  if (row.live === 1) lookups.set(`${name}_live`, ["live", "id"]);
  for (const [index, columns] of lookups) {
    const conditions = columns.map((column) => (column === "live" ? "live = 1" : `${column} = ?`));
    const values = columns.filter((column) => column !== "live").map((column) => row[column]!);
    const sql = `SELECT id FROM ${name} INDEXED BY ${index} WHERE ${conditions.join(" AND ")}`;
    if (database.select(sql, ...values).length === 0) {
      return `Row ${String(id)} of ${name} is missing in the index ${index}.`;
    }
  }
  return undefined;
}
