import { mkdir, open, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { showValue } from "../errors.ts";
import { KeystoreError } from "./keystoreError.ts";

const HEX_KEY = /^(?:0x)?[0-9a-f]{64}$/i;
const OTHERS = 0o077;

/** How the messages about a key file call things. */
export interface HexKeyFile {
  path: string;
  /** What named the file: `--key-file`. */
  option: string;
  /** What makes such a file: `private:set-audit-key`. */
  maker: string;
}

/**
 * Writes a key to a file that only its owner may read, and waits until it is on the disk.
 * @param hex 32 bytes, after 0x
 * @returns false where there is such a file already, which stays as it is
 * @throws KeystoreError
 */
export async function makeHexKeyFile(
  { path: file, option }: Pick<HexKeyFile, "path" | "option">,
  hex: string,
): Promise<boolean> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${hex}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // A file where a folder should be is there already too.
    if (code === "EEXIST" && syscall === "open") return false;
    throw new KeystoreError(
      `Cannot write the key file ${showValue(file)}.`,
      `Correct ${option} (${(error as Error).message}).`,
    );
  }
}

/**
 * The text of a file with a secret. No message shows what is in it.
 * @param option what named the file, for messages
 * @param otherwise what else can be done where it cannot be read: `make the key with private:set-audit-key`
 * @throws KeystoreError also where others than its owner may read the file
 */
export async function readSecretText(
  { path: file, option }: Pick<HexKeyFile, "path" | "option">,
  otherwise: string,
): Promise<string> {
  try {
    const { mode } = await stat(file);
    // Windows has no such bits.
    if (process.platform !== "win32" && (mode & OTHERS) !== 0) {
      throw new KeystoreError(
        `The key file ${showValue(file)} is open to others than its owner.`,
        "Run chmod 600 on it; if others may have read it, publish another key.",
      );
    }
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if (error instanceof KeystoreError) throw error;
    throw new KeystoreError(
      `Cannot read the key file ${showValue(file)}.`,
      `Correct ${option}, or ${otherwise} (${(error as Error).message}).`,
    );
  }
}

/**
 * Reads the key of a file. No message shows what is in it.
 * @param toKey the key of its digits after 0x; undefined where they are none
 * @throws KeystoreError also where others than its owner may read the file
 */
export async function readHexKeyFile<Key>(
  { path: file, option, maker }: HexKeyFile,
  toKey: (hex: string) => Key | undefined,
): Promise<Key> {
  const text = await readSecretText({ path: file, option }, `make the key with ${maker}`);
  const digits = text.startsWith("0x") ? text : `0x${text}`;
  const key = HEX_KEY.test(text) ? toKey(digits) : undefined;
  if (key !== undefined) return key;
  throw new KeystoreError(
    `The key file ${showValue(file)} holds no private key.`,
    `Name a file of 64 hexadecimal digits with ${option}, or one that ${maker} has made.`,
  );
}
