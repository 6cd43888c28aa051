import { setImmediate } from "node:timers/promises";
import { StoreDamagedError } from "./errors.ts";
import { findingOf } from "./rowFinding.ts";
import { TABLES } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";
import type { Row, Table } from "./table.ts";
import { tallyOf } from "./tally.ts";

/** Some milliseconds' work, between which meters are read. */
const SLICE_ROWS = 200;
const MAX_FINDINGS = 100;

export interface Verification {
  /** How many rows were looked at. */
  rows: number;
  /** What is damaged, one sentence each. */
  findings: readonly string[];
}

/** Looks at every row and at its entries in all indexes, a few at a time. */
export async function verifyAll(
  database: StoreDatabase,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Verification> {
  const findings: string[] = [];
  let rows = 0;
  for (const table of TABLES) {
    const before = { ...tallyOf(database.tally, table) };
    let seen = 0;
    for (let last = 0; ;) {
      signal?.throwIfAborted();
      const slice = slicePast(database, table, last, findings);
      if (slice === undefined || slice.length === 0) break;
      seen += slice.length;
      last = Number(slice.at(-1)!.id);
      await setImmediate();
    }
    rows += seen;
    const after = tallyOf(database.tally, table);
    const isUnchanged = after.rows - before.rows === after.nextId - before.nextId;
    if (isUnchanged && seen < before.rows && findings.length === 0) {
      const finding = `${before.rows - seen} rows of ${table.name} are gone.`;
      findings.push(database.damaged(finding).finding);
    }
    if (findings.length >= MAX_FINDINGS) break;
  }
  return { rows, findings };
}

/** @returns undefined where no further row can be read */
function slicePast(
  database: StoreDatabase,
  table: Table,
  last: number,
  findings: string[],
): Row[] | undefined {
  try {
    const rows = database.select(
      `SELECT * FROM ${table.name} WHERE id > ? ORDER BY id LIMIT ${SLICE_ROWS}`,
      last,
    );
    for (const row of rows) {
      if (findings.length >= MAX_FINDINGS) return undefined;
      const finding = findingOf(database, table, row);
      if (finding !== undefined) findings.push(database.damaged(finding).finding);
    }
    return rows;
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) throw error;
    findings.push(error.finding);
    return undefined;
  }
}
