import path from "node:path";
import type { Command } from "commander";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { makeAuditKeyFile, readAuditKeyFile } from "../../../sdk/private/auditKeyFile.ts";
import { KeystoreError } from "../../../sdk/keystore/keystoreError.ts";

interface KeygenOptions {
  keyFile: string;
  json: boolean;
}

const OPTION = "--key-file";

async function keygen({ keyFile, json }: KeygenOptions): Promise<void> {
  const file = path.resolve(keyFile);
  if (!(await makeAuditKeyFile(OPTION, file))) {
    throw new KeystoreError(
      `${JSON.stringify(file)} exists already.`,
      "Name another file: with a key that is overwritten, what was sealed to it is lost.",
    );
  }
  // As it stands on the disk: what is published must be what can be read again.
  const { key, eighth } = auditKeyOf(await readAuditKeyFile(OPTION, file));
  const [shownKey, shownEighth] = [key, eighth].map((point) => point.map(String));
  process.stdout.write(
    json
      ? `${JSON.stringify({ key: shownKey, eighth: shownEighth, keyFile: file }, null, 2)}\n`
      : `key     ${shownKey!.join(" ")}\neighth  ${shownEighth!.join(" ")}\n\n` +
          `The secret is in ${file}. Keep a copy for ever: memos can be read only with the key that was current when they were made.\n` +
          "The regulator publishes the key: npx hardhat --network NETWORK private:set-audit-key --key-file FILE …\n" +
          "or calls setAuditKey(key, eighth) of the private market.\n",
  );
}

/** `sealwatt audit keygen --key-file FILE [--json]` */
export function configure(command: Command): void {
  command
    .requiredOption("--key-file <file>", "the file to make; it must not be there yet")
    .option("--json", "write one JSON object", false)
    .addHelpText("after", "\nOnly its owner may read the file.")
    .action(keygen);
}
