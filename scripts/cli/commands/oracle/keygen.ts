import path from "node:path";
import type { Command } from "commander";
import { Secret } from "../../../../oracle/config/secret.ts";
import { createKeystore } from "../../../../oracle/keys/gatewayKey.ts";
import { choosePassword } from "../../../../sdk/keystore/readPassword.ts";

interface KeygenOptions {
  keystore: string;
  json: boolean;
}

async function keygen({ keystore, json }: KeygenOptions): Promise<void> {
  const password = new Secret(await choosePassword(keystore));
  const address = await createKeystore(keystore, password);
  const made = { address, keystore: path.resolve(keystore) };
  process.stdout.write(
    json
      ? `${JSON.stringify(made, null, 2)}\n`
      : `${address}\n\nThe key is in ${made.keystore}. Keep a copy of the file and of its password: nobody can restore them.\n` +
          `Meters are bound to this address: npx hardhat --network NETWORK market:bind-meter --gateway ${address} …\n`,
  );
}

/** `sealwatt oracle keygen --keystore FILE [--json]` */
export function configure(command: Command): void {
  command
    .requiredOption("--keystore <file>", "the file to make; it must not be there yet")
    .option("--json", "write one JSON object", false)
    .addHelpText(
      "after",
      "\nThe password is asked for, or read from SEALWATT_KEYSTORE_PASSWORD. Only its owner may read the file.",
    )
    .action(keygen);
}
