import { closeSync, fsyncSync, openSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Waits until what was changed in a folder is on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** As `syncFolder`, where nothing else may happen meanwhile. */
export function syncFolderSync(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Writes a whole file that only its owner may read: there is the old one, or all of the new one.
 * @param unfinished where it is written first, on the same disk
 */
export async function writeDurably(
  file: string,
  parts: readonly (Uint8Array | string)[],
  unfinished = `${file}.new`,
): Promise<void> {
  const handle = await open(unfinished, "w", 0o600);
  try {
    for (const part of parts) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  await syncFolder(dirname(file));
}
