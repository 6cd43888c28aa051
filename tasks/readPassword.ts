import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { TaskInputError } from "./taskError.ts";

/** The environment variable that holds the password of a keystore file where nobody can be asked. */
export const PASSWORD_VARIABLE = "SEALWATT_KEYSTORE_PASSWORD";

/** Asks for a password without showing it. */
export async function readPassword(file: string): Promise<string> {
  const fromEnvironment = process.env[PASSWORD_VARIABLE];
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (!process.stdin.isTTY) {
    throw new TaskInputError(
      `The password of ${file} is missing.`,
      `Run the task in a terminal, or set ${PASSWORD_VARIABLE}.`,
    );
  }
  process.stderr.write(`Password of ${file}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("close", () =>
        reject(new TaskInputError("No password was given.", "Type it and press Enter.")),
      );
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
