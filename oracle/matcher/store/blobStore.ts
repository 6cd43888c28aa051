import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeDurably } from "../../store/durable.ts";
import { StoreFullError } from "../../store/errors.ts";
import { DamagedBlobError, MissingBlobError } from "./blobErrors.ts";

/** What is being written lies here, on the same disk; what is left of it after a crash is nobody's. */
const INCOMING = "incoming";
const DIGEST_BYTES = 32;
/** Folders of at most a 256th of the files each. */
const SHARDS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
const NAME = /^[\da-f]{64}$/;
const FULL = ["ENOSPC", "EDQUOT"];

/**
 * Ciphertexts and envelopes, a file each, by their content's hash: `<first two digits>/<64 digits>`. A file ends with
 * the sha256 of what it holds: a reader checks that in a twentieth of the time that keccak takes.
 */
export class BlobStore {
  readonly #folder: string;

  /** Makes the folder where there is none, and clears away what a crash left unfinished. */
  static async open(folder: string): Promise<BlobStore> {
    await rm(join(folder, INCOMING), { recursive: true, force: true });
    for (const name of [INCOMING, ...SHARDS]) {
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
    }
    await syncFolder(folder);
    return new BlobStore(folder);
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Keeps bytes, for good when it returns. What is stored already is left as it is, unless it is damaged.
   * @param contentHash keccak256 of the bytes, which the caller has compared
   * @throws StoreFullError
   */
  async write(contentHash: string, bytes: Uint8Array): Promise<void> {
    if (await this.isWhole(contentHash)) return;
    const incoming = join(this.#folder, INCOMING, randomUUID());
    const path = this.#pathOf(contentHash);
    try {
      await writeDurably(path, [bytes, digestOf(bytes)], incoming);
    } catch (error) {
      await rm(incoming, { force: true }).catch(() => undefined);
      const isFull = FULL.includes((error as NodeJS.ErrnoException).code ?? "");
      throw isFull ? new StoreFullError(this.#folder, error as Error) : error;
    }
  }

  /** @throws MissingBlobError, DamagedBlobError */
  async read(contentHash: string): Promise<Uint8Array> {
    const stored = await readFile(this.#pathOf(contentHash)).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") throw new MissingBlobError(contentHash);
      throw code === "EIO" ? new DamagedBlobError(contentHash) : error;
    });
    const end = stored.length - DIGEST_BYTES;
    const bytes = stored.subarray(0, Math.max(0, end));
    if (end < 0 || !digestOf(bytes).equals(stored.subarray(end))) {
      throw new DamagedBlobError(contentHash);
    }
    return bytes;
  }

  /** Whether something is stored, in whatever state. */
  async has(contentHash: string): Promise<boolean> {
    return access(this.#pathOf(contentHash)).then(
      () => true,
      () => false,
    );
  }

  /** Whether it is stored and can be read as it was written. */
  async isWhole(contentHash: string): Promise<boolean> {
    return this.read(contentHash).then(
      () => true,
      () => false,
    );
  }

  /** Forgets what is stored, if anything is. */
  async remove(contentHash: string): Promise<void> {
    await rm(this.#pathOf(contentHash), { force: true });
  }

  /** The hashes of all that is stored, a folder at a time. */
  async *hashes(): AsyncGenerator<string> {
    for (const shard of SHARDS) {
      for (const name of await readdir(join(this.#folder, shard))) {
        if (name.startsWith(shard) && NAME.test(name)) yield `0x${name}`;
      }
    }
  }

  #pathOf(contentHash: string): string {
    // No other name leads anywhere.
    if (!contentHash.startsWith("0x") || !NAME.test(contentHash.slice(2)))
      throw new MissingBlobError(contentHash);
    return join(this.#folder, contentHash.slice(2, 4), contentHash.slice(2));
  }
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
