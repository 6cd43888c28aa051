import { isAddress } from "ethers";
import { InvalidArgumentError, Option, type Command } from "commander";
import { audit } from "../../../sdk/audit/audit.ts";
import { toRevertError } from "../../../sdk/clients/revertError.ts";
import { formatReport } from "../../../sdk/audit/formatReport.ts";
import {
  defaultAddressBookFile,
  readAddressBook,
} from "../../../sdk/deployment/addressBookFile.ts";
import { checkDeployment } from "../../../sdk/deployment/checkDeployment.ts";
import { connectTo } from "../../../sdk/deployment/connectTo.ts";

interface AuditCommandOptions {
  rpc: string;
  market?: string;
  deployment?: string;
  period?: number;
  fromBlock?: number;
  json?: true;
}

/** The exit code of an audit that has found differences. */
const EXIT_DIFFERENCES = 1;
const DEFAULT_RPC = "http://127.0.0.1:8545";

function toWholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Give a whole number.");
}

function toAddress(text: string): string {
  if (isAddress(text)) return text;
  throw new InvalidArgumentError("Give an address of 40 hexadecimal digits.");
}

async function run({ rpc, market, deployment, period, fromBlock, json }: AuditCommandOptions) {
  const provider = await connectTo(rpc);
  try {
    let target = { market: market ?? "", fromBlock: fromBlock ?? 0 };
    if (market === undefined) {
      const { chainId } = await provider.getNetwork();
      const book = await readAddressBook(deployment ?? defaultAddressBookFile(chainId));
      await checkDeployment(provider, book);
      target = {
        market: book.addresses.market,
        fromBlock: fromBlock ?? book.deploymentBlock,
      };
    }
    const report = await audit({
      provider,
      ...target,
      ...(period === undefined ? {} : { period }),
    });
    const text = json ? JSON.stringify(report, null, 2) : formatReport(report);
    process.stdout.write(`${text}\n`);
    if (!report.clean) process.exitCode = EXIT_DIFFERENCES;
  } catch (error) {
    throw toRevertError(error);
  } finally {
    provider.destroy();
  }
}

/** `sealwatt audit [--rpc URL] [--market ADDRESS | --deployment FILE] [--period N | --all] [--json]` */
export function configure(command: Command): void {
  command
    .option(
      "--rpc <url>",
      "the JSON-RPC endpoint of a node that has the market's logs",
      DEFAULT_RPC,
    )
    .addOption(
      new Option("--market <address>", "the market").argParser(toAddress).conflicts("deployment"),
    )
    .option(
      "--deployment <file>",
      "the market's address book; by default that of the chain in .sealwatt/deployments",
    )
    .addOption(
      new Option("--period <number>", "report one period only")
        .argParser(toWholeNumber)
        .conflicts("all"),
    )
    .option("--all", "report all periods, as by default")
    .addOption(
      new Option(
        "--from-block <number>",
        "no event of the market is before it; by default that of the address book, or 0",
      ).argParser(toWholeNumber),
    )
    .option("--json", "write the report as JSON (docs/schemas/audit.schema.json)")
    .addHelpText(
      "after",
      "\nReplays the market from its events, computes every figure anew and lists what differs." +
        "\nExits with 0 where nothing does, with 1 where something does, with 2 on wrong input.",
    )
    .action(run);
}
