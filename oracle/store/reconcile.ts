import { attemptTable, meterTable, readingTable, transactionTable } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";

/** Makes rows agree again after some were lost. What is sent twice counts once, so in doubt it is sent again. */
export function reconcile(database: StoreDatabase): void {
  for (const { id } of database.rows(transactionTable, "WHERE live = 1 AND state != 'final'")) {
    if (database.rows(attemptTable, "WHERE transactionId = ?", id!).length !== 0) continue;
    const reason = "All its signed forms were lost to damage of the store.";
    database.update(transactionTable, Number(id), { state: "abandoned", reason });
  }
  for (const { id } of database.select(
    `SELECT id FROM readings WHERE state IN ('sent', 'included') AND transactionId NOT IN
       (SELECT id FROM transactions WHERE state != 'abandoned')`,
  )) {
    database.update(readingTable, Number(id), {
      state: "signed",
      transactionId: null,
      blockNumber: null,
      includedHash: null,
    });
  }
  const latest = database.select(
    `SELECT participant, meterId, max(period) AS latestPeriod, id AS latestReadingId
       FROM readings GROUP BY participant, meterId`,
  );
  for (const meter of latest) database.insert(meterTable, { ...meter });
}
