import { open } from "node:fs/promises";
import { showValue } from "../../sdk/errors.ts";
import { KeyError } from "./keyError.ts";

/** More than any keystore has: what is larger is another file. */
const MAX_BYTES = 64 * 1024;
const OTHERS = 0o077;

const REMEDIES: Record<string, string> = {
  ENOENT:
    "There is no such file: correct the path, or make a keystore with sealwatt oracle keygen.",
  EISDIR: "It is a directory: name a file.",
  EACCES: "This user may not read it: run as its owner.",
};

export interface ReadPrivateOptions {
  /** Refuses a file that others may read or change, or that belongs to another user than this one or root. */
  mustBePrivate: boolean;
}

/**
 * The text of a file with a key.
 * @param what it is, for messages: `keystore`
 * @throws KeyError
 */
export async function readPrivateFile(
  path: string,
  what: string,
  { mustBePrivate }: ReadPrivateOptions,
): Promise<string> {
  try {
    const handle = await open(path);
    try {
      // Of the file that is open: the path may lead to another a moment later.
      const { mode, uid, size } = await handle.stat();
      if (mustBePrivate) checkOwnership(path, what, mode, uid);
      if (size > MAX_BYTES) {
        throw new KeyError(`The ${what} ${showValue(path)} has ${size} bytes.`, {
          metaMessages: ["It is another file: correct the path."],
        });
      }
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof KeyError) throw error;
    const { code = "", message } = error as NodeJS.ErrnoException;
    const remedy = REMEDIES[code];
    throw new KeyError(`Cannot read the ${what} ${showValue(path)}.`, {
      ...(remedy === undefined ? { details: message } : { metaMessages: [remedy] }),
      cause: error,
    });
  }
}

function checkOwnership(path: string, what: string, mode: number, uid: number): void {
  const us = process.geteuid?.();
  // Where there are no owners there are no permissions either.
  if (us === undefined) return;
  if ((mode & OTHERS) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, "0");
    throw new KeyError(
      `Others may read or change the ${what} ${showValue(path)}: its mode is ${shown}.`,
      {
        metaMessages: [`chmod 600 ${path}`],
      },
    );
  }
  if (uid !== us && uid !== 0) {
    throw new KeyError(
      `The ${what} ${showValue(path)} belongs to user ${uid}, who is neither this one (${us}) nor root.`,
      { metaMessages: [`chown ${us} ${path}`] },
    );
  }
}
