export { DatabaseSync } from "../../sdk/sqlite.ts";

/** An error of SQLite, with its extended result code. */
export interface SqliteError extends Error {
  errcode: number;
  errstr: string;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number";
}

/** Primary result codes, https://sqlite.org/rescode.html */
export const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CONSTRAINT = 19;
const SQLITE_NOTADB = 26;
/** Codes of a wrong statement or value: defects of the caller, not of the disk. */
const CALLER_CODES = new Set([1, 18, SQLITE_CONSTRAINT, 20, 21, 25]);

/** The primary code within an extended one. */
export const primaryCodeOf = ({ errcode }: SqliteError) => errcode & 0xff;

/** Whether the database's content is at fault. */
export const saysDamaged = (error: unknown) =>
  isSqliteError(error) && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(primaryCodeOf(error));

/** Whether the disk or the system is at fault: full, broken, not writable, locked too long. */
export const saysUnwritable = (error: unknown) =>
  isSqliteError(error) && !saysDamaged(error) && !CALLER_CODES.has(primaryCodeOf(error));

/** Whether there was no room for a write, which SQLite then took back. */
export const saysFull = (error: unknown) =>
  isSqliteError(error) && primaryCodeOf(error) === SQLITE_FULL;
