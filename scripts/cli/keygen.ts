import path from "node:path";
import type { Command } from "commander";
import { Secret } from "../../oracle/config/secret.ts";
import { createKeystore } from "../../oracle/keys/gatewayKey.ts";
import { choosePassword } from "../../sdk/keystore/readPassword.ts";

interface KeygenOptions {
  keystore: string;
  json: boolean;
}

/** Says what to do with the address next, in a line. */
export type KeygenAdvice = (address: string) => string;

/** Has a command make a key in an encrypted keystore, `--keystore FILE [--json]`, and tell its address. */
export function configureKeygen(command: Command, advice: KeygenAdvice): void {
  command
    .requiredOption("--keystore <file>", "the file to make; it must not be there yet")
    .option("--json", "write one JSON object", false)
    .addHelpText(
      "after",
      "\nThe password is asked for, or read from SEALWATT_KEYSTORE_PASSWORD. Only its owner may read the file.",
    )
    .action((options: KeygenOptions) => keygen(options, advice));
}

async function keygen({ keystore, json }: KeygenOptions, advice: KeygenAdvice): Promise<void> {
  const password = new Secret(await choosePassword(keystore));
  const address = await createKeystore(keystore, password);
  const made = { address, keystore: path.resolve(keystore) };
  process.stdout.write(
    json
      ? `${JSON.stringify(made, null, 2)}\n`
      : `${address}\n\nThe key is in ${made.keystore}. Keep a copy of the file and of its password: nobody can restore them.\n` +
          `${advice(address)}\n`,
  );
}
