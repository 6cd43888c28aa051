import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync } from "node:fs";
import type { DatabaseSync as Connection, StatementSync } from "node:sqlite";
import { showValue } from "../../sdk/errors.ts";
import {
  ForeignStoreError,
  RESTORE,
  StoreDamagedError,
  StoreError,
  StoreFullError,
  StoreLockedError,
  StoreVersionError,
  StoreWriteError,
} from "./errors.ts";
import { DatabaseSync, saysDamaged, saysFull, saysUnwritable } from "./sqlite.ts";
import { StoreLock } from "./storeLock.ts";
import type { Row, Value } from "./table.ts";

/** Whose store it is. */
export interface ServiceOwner {
  /** `matcher`, `key holder` */
  service: string;
  chainId: bigint;
  pool: string;
}

export interface ServiceStoreOptions {
  owner: ServiceOwner;
  /** What creates the tables and their indexes, one statement each. */
  tables: readonly string[];
}

/** How long a write waits for a reader of the file. */
const BUSY_MS = 10_000;

/**
 * What a service must not forget, in an SQLite file with one writer, whose transactions are on the disk when they
 * return. As in the gateway's store the journal is a rollback journal: what `StoreDatabase` says of it holds here.
 */
export class ServiceStore {
  readonly path: string;
  readonly #lock: StoreLock;
  readonly #connection: Connection;
  readonly #statements = new Map<string, StatementSync>();
  #isWriting = false;
  #fault: StoreWriteError | undefined;

  /**
   * Opens the file, or makes it.
   * @throws StoreLockedError, ForeignStoreError, StoreVersionError, StoreDamagedError, StoreWriteError, StoreError
   */
  static open(path: string, { owner, tables }: ServiceStoreOptions): ServiceStore {
    const lock = StoreLock.acquire(path);
    if (lock === undefined) throw new StoreLockedError(path, undefined);
    try {
      const store = new ServiceStore(path, lock);
      try {
        store.#begin(owner, tables);
        return store;
      } catch (error) {
        store.#connection.close();
        throw error;
      }
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(path: string, lock: StoreLock) {
    this.path = path;
    this.#lock = lock;
    this.#connection = this.#guard(() => {
      // What it holds is for nobody else, also where the folder is open. Its journal gets the same rights.
      if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
      const connection = new DatabaseSync(path, { timeout: BUSY_MS });
      connection.exec(
        `PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = EXTRA;
         PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON`,
      );
      return connection;
    });
  }

  /** Why it takes no more writes. */
  get fault(): StoreWriteError | undefined {
    return this.#fault;
  }

  /**
   * Runs work as one transaction; within another, as a part of it. Whatever it throws, nothing of it is kept.
   * @throws StoreFullError; StoreWriteError, after which every further transaction throws it too
   */
  transaction<T>(work: () => T): T {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#isWriting) return work();
    return this.#guard(() => {
      this.#isWriting = true;
      try {
        this.#connection.exec("BEGIN IMMEDIATE");
        const result = work();
        this.#connection.exec("COMMIT");
        return result;
      } catch (error) {
        if (this.#connection.isTransaction) this.#connection.exec("ROLLBACK");
        throw error;
      } finally {
        this.#isWriting = false;
      }
    });
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...values) as Row[]);
  }

  one(sql: string, ...values: Value[]): Row | undefined {
    return this.all(sql, ...values)[0];
  }

  /** Changes rows, in a transaction of its own where there is none. @returns how many */
  run(sql: string, ...values: Value[]): number {
    return this.transaction(() =>
      this.#guard(() => Number(this.#prepare(sql).run(...values).changes)),
    );
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
    this.#lock.release();
  }

  #begin({ service, chainId, pool }: ServiceOwner, tables: readonly string[]): void {
    const owner = {
      service,
      chainId: chainId.toString(),
      pool: pool.toLowerCase(),
      schema: createHash("sha256").update(tables.join(";")).digest("hex"),
    };
    const isNew = this.one("SELECT name FROM sqlite_schema WHERE name = 'owner'") === undefined;
    if (isNew) {
      this.transaction(() => {
        for (const sql of tables) this.#connection.exec(sql);
        this.#connection.exec("CREATE TABLE owner (fact TEXT NOT NULL)");
        this.run("INSERT INTO owner VALUES (?)", JSON.stringify(owner));
      });
      return;
    }
    const fact = JSON.parse(String(this.one("SELECT fact FROM owner")?.fact)) as typeof owner;
    if (fact.service !== service || fact.chainId !== owner.chainId || fact.pool !== owner.pool) {
      throw new ForeignStoreError(
        `The store ${showValue(this.path)} belongs to a ${fact.service} of pool ${fact.pool} on chain ${fact.chainId}.`,
        { metaMessages: [`Give this ${service} a folder of its own.`] },
      );
    }
    if (fact.schema !== owner.schema) {
      throw new StoreVersionError(
        `The store ${showValue(this.path)} was written by another version of Sealwatt.`,
        { metaMessages: ["Use the Sealwatt that wrote it, or begin with an empty folder."] },
      );
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (saysFull(error)) throw new StoreFullError(this.path, error as Error);
      if (saysDamaged(error)) {
        const finding = `SQLite says of it: ${(error as Error).message}.`;
        throw new StoreDamagedError(this.path, finding, { cause: error, remedy: RESTORE });
      }
      if (!saysUnwritable(error) || error instanceof StoreError) throw error;
      const fault = new StoreWriteError(
        `The store ${showValue(this.path)} cannot be written or read.`,
        {
          metaMessages: ["Check its disk and its rights, then start again."],
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
