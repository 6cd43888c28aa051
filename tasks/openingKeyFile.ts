import { mkdir, open, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { hexlify, randomBytes, SigningKey } from "ethers";
import { showValue } from "../sdk/errors.ts";
import { TaskInputError } from "./taskError.ts";

const PRIVATE_KEY = /^(?:0x)?[0-9a-f]{64}$/i;
const OTHERS = 0o077;

/**
 * Makes a private key in a file that only its owner may read, and waits until it is on the disk.
 * @returns false where there is such a file already, which stays as it is
 */
export async function makeOpeningKey(file: string): Promise<boolean> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(`${hexlify(randomBytes(32))}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new TaskInputError(
      `Cannot write the key file ${showValue(file)}.`,
      `Correct --key-file (${(error as Error).message}).`,
    );
  }
}

/**
 * Reads the private key of a file. No message shows what is in it.
 * @throws TaskInputError also where others than its owner may read the file
 */
export async function readOpeningKey(option: string, file: string): Promise<SigningKey> {
  let text: string;
  try {
    const { mode } = await stat(file);
    // Windows has no such bits.
    if (process.platform !== "win32" && (mode & OTHERS) !== 0) {
      throw new TaskInputError(
        `The key file ${showValue(file)} is open to others than its owner.`,
        "Run chmod 600 on it; if others may have read it, publish another key.",
      );
    }
    text = (await readFile(file, "utf8")).trim();
  } catch (error) {
    if (error instanceof TaskInputError) throw error;
    throw new TaskInputError(
      `Cannot read the key file ${showValue(file)}.`,
      `Correct ${option}, or make the key with market:set-opening-key (${(error as Error).message}).`,
    );
  }
  const key = PRIVATE_KEY.test(text) ? toKey(text) : undefined;
  if (key !== undefined) return key;
  throw new TaskInputError(
    `The key file ${showValue(file)} holds no private key.`,
    `Name a file of 64 hexadecimal digits with ${option}, or one that market:set-opening-key has made.`,
  );
}

/** Undefined for 0 and what is beyond the curve's order: they have no public key. */
function toKey(digits: string): SigningKey | undefined {
  try {
    const key = new SigningKey(digits.startsWith("0x") ? digits : `0x${digits}`);
    SigningKey.computePublicKey(key.privateKey);
    return key;
  } catch {
    return undefined;
  }
}
