import { constants } from "node:buffer";
import { readFile } from "node:fs/promises";
import { BaseError, showValue } from "../../sdk/errors.ts";

/** An input file or standard input cannot be read as text. */
export class UnreadableInputError extends BaseError {
  override name = "UnreadableInputError";
}

const FILE_REMEDIES: Record<string, string> = {
  ENOENT: "There is no such file: correct the path.",
  EISDIR: "It is a directory: name a file.",
  EACCES: "You may not read it: change its permissions.",
};

async function readBytes(file: string | undefined): Promise<Buffer> {
  if (file === undefined) {
    if (process.stdin.isTTY) {
      throw new UnreadableInputError("Nothing is piped to standard input.", {
        metaMessages: ["Redirect a file to it with < FILE, or name one with --input FILE."],
      });
    }
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
  try {
    return await readFile(file);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const remedy = FILE_REMEDIES[code];
    throw new UnreadableInputError(`Cannot read ${showValue(file)}.`, {
      ...(remedy === undefined ? { details: message } : { metaMessages: [remedy] }),
      cause: error,
    });
  }
}

/**
 * The whole text of a file or of standard input, which must be UTF-8; a byte order mark is dropped.
 * @param file path; undefined for standard input
 * @throws UnreadableInputError
 */
export async function readText(file: string | undefined): Promise<string> {
  const bytes = await readBytes(file);
  const name = file === undefined ? "Standard input" : showValue(file);
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new UnreadableInputError(`${name} has ${bytes.length} bytes.`, {
      metaMessages: [
        `Split it: ${constants.MAX_STRING_LENGTH} bytes are the most that can be read.`,
      ],
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UnreadableInputError(`${name} is not UTF-8 text.`, {
      metaMessages: ["Save it as UTF-8."],
      cause: error,
    });
  }
}
