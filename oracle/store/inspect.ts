import { statSync } from "node:fs";
import { StoreDamagedError } from "./errors.ts";
import {
  SCHEMA_VERSION,
  attemptTable,
  meterTable,
  readingTable,
  TABLES,
  transactionTable,
} from "./schema.ts";
import { findingOf } from "./rowFinding.ts";
import { PAGE_BYTES, StoreDatabase } from "./storeDatabase.ts";
import { damageMarks } from "./storeFiles.ts";
import { tallyOf } from "./tally.ts";

/** So many of the newest rows of a table are verified when a store is opened, besides all that are under way. */
const NEWEST_ROWS = 500;
const MAX_FINDINGS = 100;

/**
 * Looks for damage where it would matter at once: what is under way, what was written last and what everything else rests
 * on. The rest is for `verifyAll`, since it takes minutes in a store of years.
 * @returns what was found, one sentence each; nothing where it may be used
 */
export function inspect(path: string): string[] {
  const { size } = statSync(path);
  if (size === 0) return ["The file is empty."];
  if (size % PAGE_BYTES !== 0) return [`The file ends within a page, after ${size} bytes.`];
  const marks = damageMarks(path);
  if (marks.length !== 0) return marks;
  let database: StoreDatabase | undefined;
  try {
    database = new StoreDatabase(path);
    return inspectTables(database);
  } catch (error) {
    if (error instanceof StoreDamagedError) return [error.finding];
    throw error;
  } finally {
    database?.close();
  }
}

function inspectTables(database: StoreDatabase): string[] {
  const owner = database.fact("owner") as { schemaVersion: number } | undefined;
  if (owner === undefined) return ["The file does not say whose it is."];
  // A later version may look different; it is refused elsewhere.
  if (owner.schemaVersion > SCHEMA_VERSION) return [];
  const damagedSchema = schemaFindings(database);
  if (damagedSchema.length !== 0) return damagedSchema;
  const findings: string[] = [];
  for (const table of TABLES) {
    const { name } = table;
    const live = database.select(
      `SELECT * FROM ${name} INDEXED BY ${name}_live WHERE live = 1 ORDER BY id`,
    );
    const expected = tallyOf(database.tally, table).live;
    if (live.length !== expected) {
      findings.push(
        `${live.length} of the rows of ${name} are under way; there should be ${expected}.`,
      );
    }
    const newest = database.select(
      `SELECT * FROM ${name} NOT INDEXED ORDER BY id DESC LIMIT ${NEWEST_ROWS}`,
    );
    for (const row of new Map([...live, ...newest].map((each) => [each.id, each])).values()) {
      const finding = findingOf(database, table, row);
      if (finding !== undefined) findings.push(finding);
    }
  }
  if (findings.length !== 0) return findings.slice(0, MAX_FINDINGS);
  for (const { id, latestReadingId } of database.rows(meterTable, "")) {
    const [latest] = database.rows(readingTable, "WHERE id = ?", latestReadingId!);
    if (latest === undefined)
      findings.push(`The latest reading of meters row ${String(id)} is gone.`);
  }
  for (const { id } of database.rows(transactionTable, "WHERE live = 1")) {
    const attempts = database.rows(attemptTable, "WHERE transactionId = ?", id!);
    if (attempts.length === 0) findings.push(`No attempt of transaction ${String(id)} is there.`);
  }
  return findings;
}

function schemaFindings(database: StoreDatabase): string[] {
  const found = database.select("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
  const given = new Map(found.map(({ name, sql }) => [name, sql]));
  const findings: string[] = [];
  const pageBytes = database.select("PRAGMA page_size")[0]?.page_size;
  if (pageBytes !== PAGE_BYTES) findings.push(`The file has pages of ${String(pageBytes)} bytes.`);
  for (const { definitions } of TABLES) {
    for (const [name, sql] of definitions) {
      if (given.get(name) !== sql) findings.push(`The definition of ${name} is damaged.`);
    }
  }
  return findings;
}
