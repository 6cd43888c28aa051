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
  const [password] = fromEnvironment(file) ?? (await ask([`Password of ${file}: `]));
  return password!;
}

/**
 * Asks for the password of a keystore that is to be made, twice: nobody sees what is typed.
 * @throws KeystoreError
 */
export async function choosePassword(file: string): Promise<string> {
  const questions = [`New password of ${file}: `, "The same again: "];
  const [password, again] = fromEnvironment(file) ?? (await ask(questions));
  if (again === undefined || again === password) return password!;
  throw new KeystoreError("The two passwords differ.", "Type the same one twice.");
}

function fromEnvironment(file: string): [password: string] | undefined {
  const password = process.env[PASSWORD_VARIABLE];
  if (password !== undefined) return [password];
  if (process.stdin.isTTY) return undefined;
  throw new KeystoreError(
    `The password of ${file} is missing.`,
    `Run this in a terminal, or set ${PASSWORD_VARIABLE}.`,
  );
}

/** The lines that are typed, none of which is shown. One reader for all: it may take more than a line at once. */
async function ask(questions: readonly string[]): Promise<string[]> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const answers: string[] = [];
  process.stderr.write(questions[0]!);
  try {
    return await new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        if (answers.length === questions.length) return;
        answers.push(line);
        process.stderr.write(`\n${questions[answers.length] ?? ""}`);
        if (answers.length === questions.length) resolve(answers);
      });
      lines.once("close", () =>
        reject(new KeystoreError("No password was given.", "Type it and press Enter.")),
      );
    });
  } finally {
    lines.close();
  }
}
