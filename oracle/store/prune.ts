import { attemptTable, readingTable, transactionTable } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";
import type { Row } from "./table.ts";

/** Rows at a time, so that meters are read on time meanwhile. */
const STEP_ROWS = 2000;
/** More than there are old rows that must stay: a latest reading for each meter. */
const SCANNED_ROWS = 20_000;

/**
 * Deletes the oldest readings that are final or refused for good, and transactions that are done. What is under way stays
 * whatever its age, and so do each meter's latest reading and each key's highest mined nonce.
 * @param beforeMs only what was read or added before
 * @returns how many readings and transactions went; call again until it is 0
 */
export function prune(database: StoreDatabase, beforeMs: number): number {
  return database.transaction(() => {
    const latest = new Set(
      database.select("SELECT latestReadingId AS id FROM meters").map(({ id }) => Number(id)),
    );
    const readings = oldest(database, "readings", "readAtMs", beforeMs)
      .filter((id) => !latest.has(id))
      .slice(0, STEP_ROWS)
      .map((id) => database.get(readingTable, id))
      .filter((row) => isSettled(database, row));
    for (const { id } of readings) database.remove(readingTable, Number(id));

    const transactions = oldest(database, "transactions", "addedAtMs", beforeMs)
      .slice(0, STEP_ROWS)
      .map((id) => database.get(transactionTable, id))
      .filter((row) => isDone(database, row));
    for (const { id } of transactions) {
      for (const attempt of database.rows(attemptTable, "WHERE transactionId = ?", id!)) {
        database.remove(attemptTable, Number(attempt.id));
      }
      database.remove(transactionTable, Number(id));
    }
    return readings.length + transactions.length;
  });
}

/** Rows are in the order of age: what stands behind the first young one is not looked at, nor all of a large table. */
function oldest(
  database: StoreDatabase,
  table: string,
  timeColumn: string,
  beforeMs: number,
): number[] {
  const rows = database.select(
    `SELECT id, live, ${timeColumn} AS atMs FROM ${table} ORDER BY id LIMIT ${SCANNED_ROWS}`,
  );
  const young = rows.findIndex(({ atMs }) => Number(atMs) >= beforeMs);
  return rows
    .slice(0, young === -1 ? undefined : young)
    .filter(({ live }) => live === 0)
    .map(({ id }) => Number(id));
}

/** A refusal is for good once the block that refused is deep enough. */
function isSettled(database: StoreDatabase, { transactionId }: Row): boolean {
  if (typeof transactionId !== "number") return true;
  const [transaction] = database.rows(transactionTable, "WHERE id = ?", transactionId);
  return transaction === undefined || transaction.live === 0;
}

function isDone(database: StoreDatabase, { id, sender, nonce, readingIds }: Row): boolean {
  const [higher] = database.select(
    "SELECT id FROM transactions WHERE sender = ? AND nonce > ? AND state = 'final' LIMIT 1",
    sender!,
    nonce!,
  );
  if (higher === undefined) return false;
  return (JSON.parse(String(readingIds)) as number[]).every((readingId) => {
    const [reading] = database.rows(readingTable, "WHERE id = ?", readingId);
    return reading?.transactionId !== id;
  });
}
