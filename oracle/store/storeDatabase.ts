import type { DatabaseSync as Connection, StatementSync } from "node:sqlite";
import { showValue } from "../../sdk/errors.ts";
import { StoreDamagedError, StoreError, StoreWriteError } from "./errors.ts";
import { factTable, TABLES } from "./schema.ts";
import { DatabaseSync, saysDamaged, saysUnwritable } from "./sqlite.ts";
import type { Row, Table, Value } from "./table.ts";
import { count, tallyOf, type Tally } from "./tally.ts";

/** How long a write waits for a reader of the file, such as `status`, before it counts as failed. */
const BUSY_MS = 10_000;
export const PAGE_BYTES = 4096;
/** In the header of a store's file, so that it is known as one: "Seal". */
export const APPLICATION_ID = 0x5365616c;
/** The name under which the counts of rows are kept. */
export const TALLY_FACT = "tally";

/**
 * Rows with checksums in an SQLite file, in transactions that are on the disk when they return.
 *
 * The file has a rollback journal, truncated and synced at every commit, not a write-ahead log. A log is read up to its
 * first frame with a wrong checksum: one flipped bit silently drops all commits behind it. And after a failed sync the
 * rollback writes the touched pages anew and syncs them, where the frames of a log stay in the system's cache as if they
 * were on the disk. The journal costs five syncs a commit instead of one; a gateway commits a few times in a period.
 */
export class StoreDatabase {
  readonly path: string;
  readonly #connection: Connection;
  readonly #readOnly: boolean;
  readonly #statements = new Map<string, StatementSync>();
  readonly #onDamage: (finding: string) => void;
  #tally: Tally = {};
  #change = 0;
  #isWriting = false;
  #failedPart: { error: unknown } | undefined;
  #fault: StoreWriteError | undefined;

  /**
   * @param onDamage told of every row that is not as it was written
   * @throws StoreError
   */
  constructor(path: string, { readOnly = false, onDamage = () => {} }: StoreDatabaseOptions = {}) {
    this.path = path;
    this.#readOnly = readOnly;
    this.#onDamage = onDamage;
    this.#connection = this.#guard(() => {
      // Also to read it is opened for writing: a commit that a crash broke off must be rolled back first.
      const connection = new DatabaseSync(path, { timeout: BUSY_MS });
      try {
        connection.exec(
          readOnly
            ? "PRAGMA query_only = ON"
            : `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = TRUNCATE;
               PRAGMA synchronous = EXTRA; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON`,
        );
        return connection;
      } catch (error) {
        connection.close();
        throw error;
      }
    });
    try {
      this.#load();
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  /** Counts of rows, as of the last commit. */
  get tally(): Readonly<Tally> {
    return this.#readOnly ? this.#storedTally() : this.#tally;
  }

  /** Why it takes no more writes. */
  get fault(): StoreWriteError | undefined {
    return this.#fault;
  }

  /**
   * Runs work as one transaction; within another, as a part of it. Whatever it throws, nothing of it is kept.
   * @throws StoreWriteError, after which every further transaction throws it too
   */
  transaction<T>(work: () => T): T {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#isWriting) return this.#part(work);
    const tallyBefore = JSON.stringify(this.#tally);
    const changeBefore = this.#change;
    return this.#guard(() => {
      this.#isWriting = true;
      try {
        this.#connection.exec("BEGIN IMMEDIATE");
        const result = work();
        if (this.#failedPart !== undefined) throw this.#failedPart.error;
        if (this.#change !== changeBefore) this.#keepTally();
        this.#connection.exec("COMMIT");
        return result;
      } catch (error) {
        this.#tally = JSON.parse(tallyBefore) as Tally;
        this.#change = changeBefore;
        this.#rollBack();
        throw error;
      } finally {
        this.#isWriting = false;
        this.#failedPart = undefined;
      }
    });
  }

  /** @returns the new row's id */
  insert(table: Table, content: Row): number {
    return this.transaction(() => {
      const row = { ...content, id: tallyOf(this.#tally, table).nextId };
      this.put(table, row);
      return row.id;
    });
  }

  /** Adds a row that has its id already. */
  put(table: Table, content: Row): void {
    this.transaction(() => {
      const row = this.#sealed(table, content);
      this.#prepare(table.insertSql).run(...table.valuesOf(row));
      count(this.#tally, table, undefined, row);
    });
  }

  /** @throws StoreError where there is no such row */
  update(table: Table, id: number, changes: Row): void {
    this.transaction(() => {
      const before = this.get(table, id);
      const after = this.#sealed(table, { ...before, ...changes });
      this.#prepare(table.updateSql).run(...table.valuesOf(after).slice(1), id);
      count(this.#tally, table, before, after);
    });
  }

  /** Adds a row of another file as it is; of two versions of a row the later stays. */
  carry(table: Table, row: Row): void {
    const [other] = this.select(`SELECT change FROM ${table.name} WHERE id = ?`, row.id!);
    if (other !== undefined && Number(other.change) >= Number(row.change)) return;
    this.transaction(() => {
      this.#change = Math.max(this.#change, Number(row.change));
      const sql = table.insertSql.replace("INSERT", "INSERT OR REPLACE");
      this.#prepare(sql).run(...table.valuesOf(row));
    });
  }

  /** Counts all rows anew. Ids that `before` has seen are not used again. */
  recount(before: Tally = {}): void {
    for (const { name, columns } of TABLES) {
      const column = columns.includes("state") ? "state" : "NULL";
      const states = this.select(
        `SELECT ${column} AS state, count(*) AS rows, sum(live) AS live, max(id) AS id
           FROM ${name} GROUP BY 1`,
      );
      const total = (key: string) => states.reduce((sum, row) => sum + Number(row[key]), 0);
      this.#tally[name] = {
        rows: total("rows"),
        live: total("live"),
        nextId: Math.max(before[name]?.nextId ?? 1, ...states.map(({ id }) => Number(id) + 1)),
        states: Object.fromEntries(
          states.flatMap(({ state, rows }) => (state === null ? [] : [[state, rows]])),
        ) as Record<string, number>,
      };
    }
  }

  remove(table: Table, id: number): void {
    this.transaction(() => {
      const before = this.get(table, id);
      this.#prepare(`DELETE FROM ${table.name} WHERE id = ?`).run(id);
      count(this.#tally, table, before, undefined);
    });
  }

  /** @throws StoreError where there is no such row */
  get(table: Table, id: number): Row {
    const [row] = this.rows(table, "WHERE id = ?", id);
    if (row !== undefined) return row;
    throw new StoreError(`The store ${showValue(this.path)} has no ${table.name} row ${id}.`);
  }

  /**
   * Rows that were all found to be as they were written.
   * @param tail what follows `SELECT * FROM table`
   * @throws StoreDamagedError
   */
  rows(table: Table, tail: string, ...values: Value[]): Row[] {
    const rows = this.select(`SELECT * FROM ${table.name} ${tail}`, ...values);
    for (const row of rows) {
      if (table.isIntact(row)) continue;
      throw this.damaged(`Row ${String(row.id)} of ${table.name} has a wrong checksum.`);
    }
    return rows;
  }

  /** Runs a query whose result is not verified. */
  select(sql: string, ...values: Value[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...values) as Row[]);
  }

  /** Makes the tables in an empty file. */
  makeTables(): void {
    this.transaction(() => {
      for (const { definitions } of TABLES) {
        for (const sql of definitions.values()) this.#connection.exec(sql);
      }
      this.#connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      // Made first, since the tally that is kept at the end counts its own row too.
      this.setFact(TALLY_FACT, {});
    });
  }

  /** Reports damage, for the caller to throw. */
  damaged(finding: string, cause?: unknown): StoreDamagedError {
    this.#onDamage(finding);
    return new StoreDamagedError(this.path, finding, { cause });
  }

  /** What the store knows about itself under a name. */
  fact(name: string): unknown {
    const [row] = this.rows(factTable, "WHERE name = ?", name);
    return row === undefined ? undefined : (JSON.parse(String(row.value)) as unknown);
  }

  setFact(name: string, value: unknown): void {
    this.transaction(() => {
      const [row] = this.rows(factTable, "WHERE name = ?", name);
      const content = { name, value: JSON.stringify(value) };
      if (row === undefined) this.insert(factTable, content);
      else this.update(factTable, Number(row.id), content);
    });
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  #load(): void {
    const hasFacts =
      this.select("SELECT name FROM sqlite_schema WHERE name = 'facts'").length === 1;
    if (!hasFacts) return;
    this.#tally = this.#storedTally();
    const [{ change } = { change: 0 }] = this.select("SELECT max(change) AS change FROM facts");
    this.#change = Number(change);
  }

  #storedTally(): Tally {
    return (this.fact(TALLY_FACT) ?? {}) as Tally;
  }

  /** In the transaction that it counts, as its last change: the latest number of a change is found in it, too. */
  #keepTally(): void {
    this.setFact(TALLY_FACT, this.#tally);
  }

  /** A part that failed spoils the whole, also where the error is caught on its way. */
  #part<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#failedPart ??= { error };
      throw error;
    }
  }

  #sealed(table: Table, content: Row): Row {
    const row: Row = { ...content, live: 0, change: ++this.#change };
    // A lone surrogate would come back as another character.
    for (const [column, value] of Object.entries(row)) {
      if (typeof value === "string") row[column] = Buffer.from(value).toString();
    }
    row.live = table.isLive(row) ? 1 : 0;
    row.crc = table.checksumOf(row);
    return row;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #rollBack(): void {
    try {
      if (this.#connection.isTransaction) this.#connection.exec("ROLLBACK");
    } catch {
      // What failed first is reported; the journal rolls back when the store is opened next.
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (saysDamaged(error)) {
        throw this.damaged(`SQLite says of it: ${(error as Error).message}.`, error);
      }
      if (!saysUnwritable(error)) throw error;
      const fault = new StoreWriteError(
        `The store ${showValue(this.path)} cannot be written or read.`,
        {
          metaMessages: [
            "Free space on its disk, check its rights or repair it, then start again.",
          ],
          details: (error as Error).message,
          cause: error,
        },
      );
      // A sync that failed once may report success the next time, without the data.
      this.#fault ??= fault;
      throw fault;
    }
  }
}

export interface StoreDatabaseOptions {
  readOnly?: boolean;
  onDamage?: (finding: string) => void;
}
