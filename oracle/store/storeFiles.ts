import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname } from "node:path";
import { syncFolderSync } from "./durable.ts";

/** A file beside the store that says why it must be repaired when it is opened next. */
const damageMarkOf = (path: string) => `${path}.damage`;

export function markDamaged(path: string, finding: string): void {
  try {
    appendFileSync(damageMarkOf(path), `${finding}\n`, { mode: 0o600, flush: true });
  } catch {
    // The finding is thrown as well; what was found once is found again by the next check of all rows.
  }
}

/** What was found while the store was last in use. */
export function damageMarks(path: string): string[] {
  const mark = damageMarkOf(path);
  if (!existsSync(mark)) return [];
  return [...new Set(readFileSync(mark, "utf8").split("\n"))].filter((line) => line !== "");
}

/** Removes an unfinished file with its journal, where they are. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path}-journal`, { force: true });
}

/** An empty file that only the gateway's user may read. */
export function makePrivateFile(path: string): void {
  removeFile(path);
  closeSync(openSync(path, "wx", 0o600));
}

/** Gives a finished file its final name, for good when it returns. */
export function putInPlace(newPath: string, path: string): void {
  renameSync(newPath, path);
  rmSync(`${newPath}-journal`, { force: true });
  syncFolderSync(dirname(path));
}

/** Puts a new file in the place of a damaged one, which stays as evidence. A crash in between changes nothing. */
export function replaceDamaged(path: string, newPath: string, evidencePath: string): void {
  keep(path, evidencePath);
  // The journal belongs to the damaged file: SQLite would play it back into the new one.
  const journal = `${path}-journal`;
  if (existsSync(journal)) renameSync(journal, `${evidencePath}-journal`);
  putInPlace(newPath, path);
  rmSync(damageMarkOf(path), { force: true });
}

function keep(path: string, evidencePath: string): void {
  try {
    linkSync(path, evidencePath);
  } catch {
    // Not every file system has second names.
    copyFileSync(path, evidencePath);
  }
}
