import { closeSync, openSync, readSync } from "node:fs";
import { showValue } from "../../sdk/errors.ts";
import { StoreError } from "./errors.ts";
import { carve } from "./carve.ts";
import { MAX_LISTED_ROWS, type LostRow, type StoreDamage } from "./damage.ts";
import { reconcile } from "./reconcile.ts";
import { factTable, meterTable, TABLES } from "./schema.ts";
import { APPLICATION_ID, StoreDatabase, TALLY_FACT } from "./storeDatabase.ts";
import { makePrivateFile, removeFile, replaceDamaged } from "./storeFiles.ts";
import type { Row, Table } from "./table.ts";
import { tallyOf, type Tally } from "./tally.ts";
import { numberOf } from "./values.ts";

/**
 * Carries over every intact row of a damaged file into a new one, which takes its place. The damaged file is kept.
 * @param findings why it is taken to be damaged
 * @param owner whose it is taken to be, where the file does not say it any more
 * @throws StoreError, StoreWriteError, and the damaged file is where it was
 */
export function salvage(
  path: string,
  findings: readonly string[],
  nowMs: number,
  owner: object,
): StoreDamage {
  const newPath = `${path}.salvage`;
  const evidencePath = `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(":", "")}`;
  makePrivateFile(newPath);
  const database = new StoreDatabase(newPath);
  try {
    database.makeTables();
    const damage = database.transaction(() => {
      const facts = carryOver(database, path);
      if (facts.size === 0 && !looksLikeStore(path)) throw notOurs(path);
      const tally = facts.get(TALLY_FACT)?.value as Tally | undefined;
      facts.delete(TALLY_FACT);
      database.setFact("owner", owner);
      for (const [name, { value }] of facts) database.setFact(name, value);
      database.recount(tally);
      const losses = lossesOf(database, tally, missingRows(database, path));
      reconcile(database);
      return { foundAtMs: nowMs, findings, evidencePath, ...losses };
    });
    database.setFact("damage", [...((database.fact("damage") ?? []) as StoreDamage[]), damage]);
    database.close();
    replaceDamaged(path, newPath, evidencePath);
    return damage;
  } finally {
    database.close();
    // Where it is not in its place by now, it only takes the space that is wanting.
    removeFile(newPath);
  }
}

/** Where SQLite's header has it. */
const APPLICATION_ID_AT = 68;

/** Whoever configured a wrong file must not find it replaced. A store that lost all its rows has its header at least. */
function looksLikeStore(path: string): boolean {
  const header = Buffer.alloc(APPLICATION_ID_AT + 4);
  const file = openSync(path, "r");
  try {
    const isEmpty = readSync(file, header) === 0;
    return isEmpty || header.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID;
  } finally {
    closeSync(file);
  }
}

/** Whether a file is a store, as far as it is intact: others are refused and left alone. */
export function isStore(path: string): boolean {
  if (looksLikeStore(path)) return true;
  for (const found of carve(path)) {
    if (found.type === "row" && found.table === factTable) return true;
  }
  return false;
}

export const notOurs = (path: string) =>
  new StoreError(`${showValue(path)} is not a store, or nothing of it is intact.`, {
    metaMessages: ["Correct the store's path in the configuration, or move the file away."],
  });

interface CarriedFact {
  change: number;
  value: unknown;
}

/** @returns the newest version of every fact */
function carryOver(database: StoreDatabase, path: string): Map<string, CarriedFact> {
  const facts = new Map<string, CarriedFact>();
  for (const found of carve(path)) {
    if (found.type !== "row") continue;
    if (found.table === factTable) keepNewest(facts, found.row);
    // The latest reading of each meter is made anew from the readings.
    else if (found.table !== meterTable) database.carry(found.table, found.row);
  }
  return facts;
}

/** Rows of which there are remains or an index entry, but no intact version. */
function missingRows(database: StoreDatabase, path: string): LostRow[] {
  const missing = new Map<string, LostRow>();
  for (const found of carve(path)) {
    if (found.type === "row") continue;
    const row = found.type === "damaged" ? lostRowOf(found) : { table: "readings", ...found.key };
    const { table, id } = row;
    const key = `${table} ${id}`;
    if (table === factTable.name || table === meterTable.name || missing.has(key)) continue;
    if (database.select(`SELECT id FROM ${table} WHERE id = ?`, id).length === 0) {
      missing.set(key, row);
    }
  }
  return [...missing.values()];
}

function keepNewest(facts: Map<string, CarriedFact>, row: Row): void {
  const name = String(row.name);
  const change = Number(row.change);
  if ((facts.get(name)?.change ?? -1) >= change) return;
  facts.set(name, { change, value: JSON.parse(String(row.value)) as unknown });
}

function lostRowOf({ table: { name }, row }: { table: Table; row: Row }): LostRow {
  const numberIn = (column: string) => numberOf(row[column]);
  return {
    table: name,
    id: Number(row.id),
    period: numberIn("period"),
    participant: numberIn("participant"),
    meterId: numberIn("meterId"),
  };
}

/** Rows that are not there any more: as many as the file's own count says, or else as there are remains of. */
function lossesOf(
  database: StoreDatabase,
  before: Tally | undefined,
  missing: readonly LostRow[],
): Pick<StoreDamage, "carried" | "lost" | "lostRows"> {
  const carried: Record<string, number> = {};
  const lost: Record<string, number> = {};
  for (const table of TABLES) {
    const { name } = table;
    if (table === factTable || table === meterTable) continue;
    carried[name] = tallyOf(database.tally, table).rows;
    const count =
      before === undefined
        ? missing.filter((row) => row.table === name).length
        : tallyOf(before, table).rows - carried[name];
    if (count > 0) lost[name] = count;
  }
  // Remains may themselves be damaged, and tell of rows that never were.
  const lostRows = missing.filter(({ table }) => table in lost).slice(0, MAX_LISTED_ROWS);
  return { carried, lost, lostRows };
}
