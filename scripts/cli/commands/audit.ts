import { isAddress, type Provider } from "ethers";
import { InvalidArgumentError, Option, type Command } from "commander";
import { audit } from "../../../sdk/audit/audit.ts";
import { toRevertError } from "../../../sdk/clients/revertError.ts";
import { formatReport } from "../../../sdk/audit/formatReport.ts";
import {
  defaultAddressBookFile,
  readAddressBook,
} from "../../../sdk/deployment/addressBookFile.ts";
import { checkDeployment } from "../../../sdk/deployment/checkDeployment.ts";
import type { AddressBook } from "../../../sdk/deployment/addressBook.ts";
import { connectTo } from "../../../sdk/deployment/connectTo.ts";
import { BaseError } from "../../../sdk/errors.ts";
import { auditPool, type AuditSecrets } from "../../../sdk/private/audit/auditPool.ts";
import { formatPoolReport } from "../../../sdk/private/audit/formatPoolReport.ts";
import { readAuditKeyFile } from "../../../sdk/private/auditKeyFile.ts";
import { readViewingKeyFile } from "../../../sdk/private/viewingKeyFile.ts";

interface AuditCommandOptions {
  rpc: string;
  market?: string;
  pool?: string;
  record?: string;
  auditKeyFile?: string[];
  viewingKeyFile?: string;
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

/** What is written, and whether nothing differs. */
interface Outcome {
  text: string;
  clean: boolean;
}

/** A market that is audited, and a block before which it has no event. */
interface Target {
  address: string;
  fromBlock: number;
}

/** There is a private market to read, and nothing to read it with. */
class NoAuditSecretError extends BaseError {
  override name = "NoAuditSecretError";
}

/** The address book has no private market. */
class NoPrivateMarketError extends BaseError {
  override name = "NoPrivateMarketError";
}

/** A record was named, and not of which private market. */
class RecordWithoutPoolError extends BaseError {
  override name = "RecordWithoutPoolError";
}

async function readBook(provider: Provider, deployment: string | undefined): Promise<AddressBook> {
  const { chainId } = await provider.getNetwork();
  const book = await readAddressBook(deployment ?? defaultAddressBookFile(chainId));
  await checkDeployment(provider, book);
  return book;
}

async function auditOpen(provider: Provider, options: AuditCommandOptions): Promise<Outcome> {
  const { market, fromBlock, period, json } = options;
  let target: Target = { address: market ?? "", fromBlock: fromBlock ?? 0 };
  if (market === undefined) {
    const { addresses, deploymentBlock } = await readBook(provider, options.deployment);
    target = { address: addresses.market, fromBlock: fromBlock ?? deploymentBlock };
  }
  const report = await audit({
    provider,
    market: target.address,
    fromBlock: target.fromBlock,
    ...(period === undefined ? {} : { period }),
  });
  const text = json ? JSON.stringify(report, null, 2) : formatReport(report);
  return { text, clean: report.clean };
}

async function auditPrivate(provider: Provider, options: AuditCommandOptions): Promise<Outcome> {
  const { pool, json } = options;
  const secrets = await readSecrets(options);
  let { record, fromBlock = 0 } = options;
  let address = pool ?? "";
  if (pool === undefined) {
    const { privateMarket } = await readBook(provider, options.deployment);
    if (privateMarket === undefined) {
      throw new NoPrivateMarketError("The address book has no private market.", {
        metaMessages: ["Name one with --pool, or another book with --deployment."],
      });
    }
    address = privateMarket.pool;
    record = privateMarket.matchingRecord;
    fromBlock = options.fromBlock ?? privateMarket.deploymentBlock;
  }
  const report = await auditPool({
    provider,
    pool: address,
    secrets,
    ...(record === undefined ? {} : { record }),
    fromBlock,
  });
  const text = json ? JSON.stringify(report, null, 2) : formatPoolReport(report);
  return { text, clean: report.clean };
}

async function readSecrets({
  auditKeyFile,
  viewingKeyFile,
}: AuditCommandOptions): Promise<AuditSecrets> {
  if (viewingKeyFile !== undefined) {
    return { viewingKey: await readViewingKeyFile("--viewing-key-file", viewingKeyFile) };
  }
  if (auditKeyFile === undefined) {
    throw new NoAuditSecretError("A private market is read with a key, and none was named.", {
      metaMessages: [
        "Name the regulator's --audit-key-file, or a participant's --viewing-key-file.",
      ],
    });
  }
  const auditScalars: bigint[] = [];
  for (const file of auditKeyFile) {
    auditScalars.push(await readAuditKeyFile("--audit-key-file", file));
  }
  return { auditScalars };
}

async function run(options: AuditCommandOptions): Promise<void> {
  const { pool, auditKeyFile, viewingKeyFile } = options;
  if (options.record !== undefined && pool === undefined) {
    throw new RecordWithoutPoolError(`--record is ${options.record}, and --pool is missing.`, {
      metaMessages: ["Name the private market with --pool; an address book names both."],
    });
  }
  const isPrivate = [pool, auditKeyFile, viewingKeyFile].some((given) => given !== undefined);
  const provider = await connectTo(options.rpc);
  try {
    const outcome = await (isPrivate ? auditPrivate : auditOpen)(provider, options);
    process.stdout.write(`${outcome.text}\n`);
    if (!outcome.clean) process.exitCode = EXIT_DIFFERENCES;
  } catch (error) {
    throw toRevertError(error);
  } finally {
    provider.destroy();
  }
}

/**
 * `sealwatt audit [--rpc URL] [--market ADDRESS | --deployment FILE] [--period N | --all] [--json]`, and
 * `sealwatt audit [--rpc URL] [--pool ADDRESS [--record ADDRESS] | --deployment FILE]
 * (--audit-key-file FILE… | --viewing-key-file FILE)`
 */
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
      new Option("--pool <address>", "the private market, which is audited instead of the open one")
        .argParser(toAddress)
        .conflicts(["market", "deployment", "period"]),
    )
    .addOption(
      new Option(
        "--record <address>",
        "with --pool: the record of its matching, whose verdicts are compared with what was delivered",
      )
        .argParser(toAddress)
        .conflicts(["market", "deployment", "period"]),
    )
    .addOption(
      new Option(
        "--audit-key-file <file...>",
        "the regulator's secrets, one for each version of the audit key: audits the private market",
      ).conflicts(["market", "period", "viewingKeyFile"]),
    )
    .addOption(
      new Option(
        "--viewing-key-file <file>",
        "a participant's viewing key (swv1…): audits what is its own in the private market",
      ).conflicts(["market", "period"]),
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
    .option("--json", "write the report as JSON (docs/schemas: audit, private-audit)")
    .addHelpText(
      "after",
      "\nReplays the market from its events, computes every figure anew and lists what differs." +
        "\nA private market needs a key: it decrypts every note and rebuilds every balance. Key files are for their owner" +
        "\nalone (chmod 600)." +
        "\nExits with 0 where nothing does, with 1 where something does, with 2 on wrong input.",
    )
    .action(run);
}
