import { randomFillSync } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { showValue } from "../../../sdk/errors.ts";
import { EPOCH_KEY_NAMES, type EpochKeyName } from "../../../sdk/private/epochs/epochManifest.ts";
import type { PoolId } from "../../../sdk/private/pool.ts";
import { syncFolder, writeDurably } from "../../store/durable.ts";
import {
  decodeSecrets,
  encodeSecrets,
  type EpochPublicKeys,
  type EpochSecrets,
} from "./epochKeys.ts";
import { KeyFolderError } from "./keyFolderError.ts";
import { createMasterKey, DEFAULT_COST_LOG2, openMasterKey } from "./masterKey.ts";
import { openBytes, sealBytes } from "./sealedBytes.ts";

const MASTER_FILE = "keys.json";
const OTHERS = 0o077;

/** Whose keys a folder has, and what opens them. */
export interface KeyFolderOptions {
  folder: string;
  pool: PoolId;
  password: string;
  /** Of a folder that is made, N of scrypt is two to this; tests take less. */
  costLog2?: number;
}

/**
 * The key holder's key store: a folder for nobody else, in which each epoch's secrets are a file of their own, encrypted
 * under the password, so that one epoch's can be destroyed. Epochs go by their manifest's hash. The public keys lie beside
 * them as they are.
 */
export class KeyFolder {
  readonly #folder: string;
  readonly #pool: PoolId;
  readonly #key: Buffer;

  private constructor(folder: string, pool: PoolId, key: Buffer) {
    this.#folder = folder;
    this.#pool = pool;
    this.#key = key;
  }

  /**
   * Opens a folder, or makes it where there is none.
   * @throws KeyFolderError where it is another market's, under another password, damaged, or open to others
   */
  static async open(options: KeyFolderOptions): Promise<KeyFolder> {
    const { folder, pool, password, costLog2 = DEFAULT_COST_LOG2 } = options;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { mode } = await stat(folder);
      // Windows has no such bits.
      if (process.platform !== "win32" && (mode & OTHERS) !== 0) {
        throw new KeyFolderError(
          `The key folder ${showValue(folder)} is open to others than its owner.`,
          "Run chmod 700 on it; if others may have read it, rotate the keys.",
        );
      }
      const file = path.join(folder, MASTER_FILE);
      const text = await readFile(file, "utf8").catch(absent);
      if (text !== undefined) {
        const key = await openMasterKey(pool, password, text, { file, folder });
        return new KeyFolder(folder, pool, key);
      }
      const made = await createMasterKey(pool, password, costLog2);
      await writeDurably(file, [made.text]);
      return new KeyFolder(folder, pool, made.key);
    } catch (error) {
      if (error instanceof KeyFolderError) throw error;
      throw new KeyFolderError(
        `The key folder ${showValue(folder)} cannot be used.`,
        "Check its rights and its disk, or give another one with --data.",
        error,
      );
    }
  }

  /** Keeps an epoch's keys: they are on the disk when this returns. */
  async write(epoch: string, secrets: EpochSecrets, publics: EpochPublicKeys): Promise<void> {
    for (const name of EPOCH_KEY_NAMES) {
      await writeDurably(this.#fileOf(epoch, name), [publics[name]]);
    }
    const sealed = sealBytes(this.#key, encodeSecrets(secrets), this.#purposeOf(epoch));
    await writeDurably(this.#fileOf(epoch, "secret"), [sealed]);
  }

  /** @returns undefined where they were destroyed, or never made. @throws DamagedKeyFileError */
  async readSecrets(epoch: string): Promise<EpochSecrets | undefined> {
    const file = this.#fileOf(epoch, "secret");
    const bytes = await readFile(file).catch(absent);
    if (bytes === undefined) return undefined;
    return decodeSecrets(openBytes(this.#key, bytes, this.#purposeOf(epoch), file));
  }

  /** @returns undefined where there is none */
  async readPublic(epoch: string, name: EpochKeyName): Promise<Uint8Array | undefined> {
    const bytes = await readFile(this.#fileOf(epoch, name)).catch(absent);
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  }

  async hasSecrets(epoch: string): Promise<boolean> {
    return access(this.#fileOf(epoch, "secret"), constants.F_OK).then(
      () => true,
      () => false,
    );
  }

  /**
   * Destroys an epoch's secrets; its public keys stay. They are written over first, which a disk that moves its blocks
   * need not do in place: what is left then is a ciphertext under the password.
   */
  async destroySecrets(epoch: string): Promise<void> {
    const file = this.#fileOf(epoch, "secret");
    if (!(await this.hasSecrets(epoch))) return;
    const handle = await open(file, "r+");
    try {
      const { size } = await handle.stat();
      await handle.write(randomFillSync(new Uint8Array(size)), 0, size, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rm(file, { force: true });
    await syncFolder(this.#folder);
  }

  #fileOf(epoch: string, kind: EpochKeyName | "secret"): string {
    return path.join(this.#folder, `${epoch.replace(/^0x/, "")}.${kind}`);
  }

  #purposeOf(epoch: string): string {
    const { chainId, pool } = this.#pool;
    return ["sealwatt epoch secrets 1", chainId, pool.toLowerCase(), epoch].join("|");
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
