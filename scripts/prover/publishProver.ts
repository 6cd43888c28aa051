import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build, type Metafile } from "esbuild";
import type { CircuitName } from "../../sdk/private/context.ts";
import {
  PROVING_KEYS_FORMAT,
  type KeyFile,
  type ProvingKeysManifest,
} from "../../sdk/private/prover/provingKeys.ts";
import type { CircuitKeys } from "../keys/buildCircuit.ts";

const WORKER = path.resolve(import.meta.dirname, "../../sdk/private/prover/browserWorker.ts");
/** Characters of the hash in a file's name. */
const HASH_CHARACTERS = 16;

/**
 * Bundles for a browser what runs on its own.
 * @param format `iife` for a worker, `esm` for a page's module
 */
export async function bundleForBrowser(
  entry: string,
  outfile: string,
  format: "iife" | "esm",
): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format,
    minify: true,
    legalComments: "inline",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
    metafile: true,
  });
  return metafile;
}

/** What a bundle is made of beside our own code, with the licences. snarkjs's own bundle holds more of its authors. */
async function licencesOf({ inputs }: Metafile): Promise<string> {
  const folders = Object.keys(inputs).flatMap((file) => {
    const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [];
    return folder === undefined ? [] : [folder];
  });
  const lines = [...new Set(folders)].map(async (folder) => {
    const text = await readFile(path.join(folder, "package.json"), "utf8");
    const { name, version, license } = JSON.parse(text) as Record<string, string>;
    return `${name} ${version}: ${license}`;
  });
  return [
    "worker.js is bundled from Sealwatt (Apache-2.0) and these packages of npm, which have their sources:",
    ...(await Promise.all(lines)).toSorted(),
    "Who passes worker.js on does so under the terms of all of them: with snarkjs, of the GPL.",
    "",
  ].join("\n");
}

async function publishFile(source: string, folder: string, circuit: string): Promise<KeyFile> {
  const content = await readFile(source);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const extension = path.extname(source);
  const file = `${circuit}-${sha256.slice(0, HASH_CHARACTERS)}${extension}`;
  await writeFile(path.join(folder, file), content);
  return { file, bytes: content.length, sha256 };
}

/** Keys of a circuit by its name in the manifest: paths of files. */
export type PublishableKeys = Pick<CircuitKeys, "name" | "wasm" | "zkey" | "verificationKey">;

/**
 * Writes what a page needs to prove into a folder: `worker.js` with its licences, the keys, and `keys.json` which lists them.
 */
export async function publishProver(
  keys: readonly PublishableKeys[],
  folder: string,
): Promise<ProvingKeysManifest> {
  await mkdir(folder, { recursive: true });
  const bundled = await bundleForBrowser(WORKER, path.join(folder, "worker.js"), "iife");
  await writeFile(path.join(folder, "LICENCES.txt"), await licencesOf(bundled));
  const manifest: ProvingKeysManifest = { format: PROVING_KEYS_FORMAT, circuits: {} };
  for (const { name, wasm, zkey, verificationKey } of keys) {
    manifest.circuits[name as CircuitName] = {
      wasm: await publishFile(wasm, folder, name),
      zkey: await publishFile(zkey, folder, name),
      verificationKey: await publishFile(verificationKey, folder, name),
    };
  }
  await writeFile(path.join(folder, "keys.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}
