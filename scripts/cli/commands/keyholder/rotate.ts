import type { Command } from "commander";
import { openKeystoreFile } from "../../../../sdk/keystore/openKeystoreFile.ts";
import { BaseError } from "../../../../sdk/errors.ts";
import { DEFAULT_URL, keyHolderClient, readEpoch } from "./askKeyHolder.ts";

interface RotateOptions {
  keystore: string;
  url: string;
  json?: true;
}

async function rotate({ keystore, url, json }: RotateOptions): Promise<void> {
  const wallet = await openKeystoreFile(keystore);
  const client = await keyHolderClient(url, wallet);
  const { epochs } = (await client.get("/epochs")).json() as { epochs: { epoch: number }[] };
  const last = epochs.at(-1);
  if (last === undefined) {
    throw new BaseError("The key holder has announced no epoch yet.", {
      metaMessages: ["Wait until it has; its log says what keeps it."],
    });
  }
  const answer = (await client.post("/rotate", { epoch: last.epoch })).json();
  const { epoch, fromPeriod } = readEpoch(answer, "answer");
  const isNew = epoch > last.epoch;
  const text = isNew
    ? `Epoch ${epoch} begins with period ${fromPeriod}.`
    : `Epoch ${epoch}, from period ${fromPeriod} on, was announced before: it comes first.`;
  const event = { epoch, fromPeriod: fromPeriod.toString(), isNew };
  process.stdout.write(`${json ? JSON.stringify(event) : text}\n`);
}

/** `sealwatt keyholder rotate --keystore FILE [--url URL]` */
export function configure(command: Command): void {
  command
    .requiredOption("--keystore <file>", "the key holder's own key, encrypted")
    .option("--url <url>", "where it serves", DEFAULT_URL)
    .option("--json", "write one JSON object")
    .addHelpText(
      "after",
      "\nPlans that were encrypted for periods of the new epoch already are not matched, and refunded.",
    )
    .action(rotate);
}
