import { createHash, type Hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { CIRCOM_OPTIONS, libraryFolders } from "./compileCircuit.ts";
import circom from "circom2/package.json" with { type: "json" };

const INCLUDE = /^\s*include\s+"([^"]+)"\s*;/gm;

/**
 * A hash of all that a compiled circuit follows from: the compiler, its options, the main component and
 * every file that it includes, directly or not.
 */
export async function sourceHash(main: string, circuits: string): Promise<Hash> {
  const hash = createHash("sha256").update(JSON.stringify([circom.version, CIRCOM_OPTIONS, main]));
  const libraries = libraryFolders(circuits);
  const seen = new Set<string>();
  const visit = async (source: string, folder: string): Promise<void> => {
    for (const [, include] of source.matchAll(INCLUDE)) {
      const found = await findFile(include!, [folder, ...libraries]);
      // circom says better what is missing.
      if (found === undefined || seen.has(found.file)) continue;
      seen.add(found.file);
      hash.update(JSON.stringify([include, found.source]));
      await visit(found.source, path.dirname(found.file));
    }
  };
  await visit(main, circuits);
  return hash;
}

async function findFile(include: string, folders: readonly string[]) {
  for (const folder of folders) {
    const file = path.resolve(folder, include);
    try {
      return { file, source: await readFile(file, "utf8") };
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}
