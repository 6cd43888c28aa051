import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { KeystoreError } from "./keystoreError.ts";

/** The environment variable that holds the password of a keystore where nobody can be asked. */
export const PASSWORD_VARIABLE = "SEALWATT_KEYSTORE_PASSWORD";

/**
 * Asks for a keystore's password without showing it.
 * @throws KeystoreError
 */
export async function readPassword(file: string): Promise<string> {
  return fromEnvironment(file) ?? (await ask(`Password of ${file}: `));
}

/**
 * Asks for the password of a keystore that is to be made, twice: nobody sees what is typed.
 * @throws KeystoreError
 */
export async function choosePassword(file: string): Promise<string> {
  const given = fromEnvironment(file);
  if (given !== undefined) return given;
  const password = await ask(`New password of ${file}: `);
  if ((await ask("The same again: ")) === password) return password;
  throw new KeystoreError("The two passwords differ.", "Type the same one twice.");
}

function fromEnvironment(file: string): string | undefined {
  const password = process.env[PASSWORD_VARIABLE];
  if (password !== undefined || process.stdin.isTTY) return password;
  throw new KeystoreError(
    `The password of ${file} is missing.`,
    `Run this in a terminal, or set ${PASSWORD_VARIABLE}.`,
  );
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("close", () =>
        reject(new KeystoreError("No password was given.", "Type it and press Enter.")),
      );
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
