import { closeSync, existsSync, openSync } from "node:fs";
import type { DatabaseSync as Connection } from "node:sqlite";
import { showValue } from "../../sdk/errors.ts";
import { StoreError } from "./errors.ts";
import { DatabaseSync, isSqliteError, primaryCodeOf, SQLITE_BUSY } from "./sqlite.ts";

const lockPathOf = (path: string) => `${path}.lock`;

/**
 * Makes its holder the only writer of a store. It is an exclusive transaction on an empty database file beside the
 * store: the kernel ends it when the process dies, however it dies, and leaves nothing behind that could be stale. The
 * store itself stays free for readers.
 */
export class StoreLock {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * @param path of the store
   * @returns undefined where another process, or another store of this one, holds it
   * @throws StoreError
   */
  static acquire(path: string): StoreLock | undefined {
    const lockPath = lockPathOf(path);
    let connection: Connection | undefined;
    try {
      closeSync(openSync(lockPath, "a", 0o600));
      connection = new DatabaseSync(lockPath);
      // Nothing is ever written to it, so it needs no journal file.
      connection.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
      return new StoreLock(connection);
    } catch (error) {
      connection?.close();
      if (isSqliteError(error) && primaryCodeOf(error) === SQLITE_BUSY) return undefined;
      throw new StoreError(`The store's lock ${showValue(lockPath)} cannot be taken.`, {
        metaMessages: [
          "Check that its folder exists and may be written, and that the file is empty.",
        ],
        details: (error as Error).message,
        cause: error,
      });
    }
  }

  /**
   * Whether somebody writes to a store. Nothing is made for the question.
   * @throws StoreError
   */
  static isHeld(path: string): boolean {
    if (!existsSync(lockPathOf(path))) return false;
    const lock = StoreLock.acquire(path);
    lock?.release();
    return lock === undefined;
  }

  release(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }
}
