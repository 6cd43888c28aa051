import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import {
  DEFAULT_EPOCH_PERIODS,
  DEFAULT_KEEP_PERIODS,
  DEFAULT_PORT,
  KeyHolderService,
} from "../../../../oracle/keyholder/keyHolderService.ts";
import { untilAborted } from "../../../../oracle/untilAborted.ts";
import { TransactionSender } from "../../../../sdk/clients/transactionSender.ts";
import { connectTo } from "../../../../sdk/deployment/connectTo.ts";
import { BaseError, showValue } from "../../../../sdk/errors.ts";
import { openKeystoreWithPassword } from "../../../../sdk/keystore/openKeystoreFile.ts";
import { readFeatureSchema } from "../../../../sdk/private/epochs/readFeatureSchema.ts";
import { DEFAULT_FEATURES } from "../../../../sdk/private/matching/defaultFeatures.ts";
import {
  compileFeatures,
  type FeatureSchema,
} from "../../../../sdk/private/matching/featureSchema.ts";
import { parseWireJson } from "../../../../sdk/private/wire/wireJson.ts";
import { untilInterrupted } from "../../interruption.ts";
import { serviceLog } from "../../serviceLog.ts";
import { wholeNumber } from "../../neighbourhoodOptions.ts";
import type { PoolPlace } from "../../private/findPool.ts";
import { findMatching } from "../../private/findMatching.ts";
import { addMatchingOptions, toAddress } from "../../private/poolOptions.ts";

interface KeyHolderCommandOptions extends PoolPlace {
  rpc: string;
  keystore: string;
  matcher: string;
  data: string;
  schema?: string;
  epochPeriods: number;
  aheadPeriods?: number;
  keepPeriods: number;
  threads: number;
  reputationsPerMinute: number;
  host: string;
  port: number;
  json?: true;
}

const MOST_PERIODS = 10_000;
const MOST_THREADS = 64;
/** How much of a minute's questions for reputations may come at once. */
const BURST_SHARE = 3;

async function readSchema(file: string | undefined): Promise<FeatureSchema> {
  if (file === undefined) return DEFAULT_FEATURES;
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new BaseError(`Cannot read the schema ${showValue(file)}.`, {
      metaMessages: ["Correct --schema."],
      details: (error as Error).message,
    });
  }
  const schema = readFeatureSchema(parseWireJson(bytes), "schema");
  // What cannot be matched by is better known before it is announced.
  compileFeatures(schema);
  return schema;
}

async function keyholder(options: KeyHolderCommandOptions): Promise<void> {
  const { rpc, keystore, matcher, data, json, host, port, threads } = options;
  const say = (event: object, line: string) =>
    process.stdout.write(`${json ? JSON.stringify(event) : line}\n`);
  const schema = await readSchema(options.schema);
  const provider = await connectTo(rpc);
  try {
    const { chainId, pool, record, fromBlock } = await findMatching(provider, options);
    const { wallet, password } = await openKeystoreWithPassword(keystore);
    const log = serviceLog(options, [rpc, password]);
    const service = await KeyHolderService.open({
      provider,
      pool: { chainId, pool },
      record,
      fromBlock,
      signer: wallet,
      sender: await TransactionSender.of(wallet.connect(provider)),
      matcher,
      folder: path.resolve(data),
      password,
      schema,
      epochPeriods: options.epochPeriods,
      ...(options.aheadPeriods === undefined ? {} : { aheadPeriods: options.aheadPeriods }),
      keepPeriods: options.keepPeriods,
      threads,
      reputationRate: {
        perMinute: options.reputationsPerMinute,
        burst: Math.ceil(options.reputationsPerMinute / BURST_SHARE),
      },
      host,
      port,
      log,
    });
    await untilInterrupted(async (signal) => {
      try {
        const url = await service.start();
        const { address } = service;
        say(
          { url, pool, keyHolder: address, matcher },
          `Holding the keys of ${pool} at ${url} as ${address}, for the matcher ${matcher}.`,
        );
        await endOf(service, signal);
      } finally {
        await service.stop();
      }
    });
  } finally {
    provider.destroy();
  }
}

/** Until somebody interrupts it, or its disk fails. */
async function endOf(service: KeyHolderService, signal: AbortSignal): Promise<void> {
  const fault = await Promise.race([untilAborted(signal), service.failed()]);
  if (fault instanceof Error) throw fault;
}

/** `sealwatt keyholder --keystore FILE --matcher ADDRESS --data FOLDER …` */
export function configure(command: Command): void {
  addMatchingOptions(
    command
      // What stands behind `rotate` is rotate's.
      .enablePositionalOptions()
      .option("--keystore <file>", "the key holder's key, encrypted (required)")
      .option("--matcher <address>", "whose requests are taken (required)", toAddress)
      .option("--data <folder>", "where it keeps its keys and what it has decided (required)"),
  )
    .option("--schema <file>", "the features that plans are matched by, as JSON")
    .option(
      "--epoch-periods <number>",
      "delivery periods after which keys change",
      wholeNumber(1, MOST_PERIODS),
      DEFAULT_EPOCH_PERIODS,
    )
    .option(
      "--ahead-periods <number>",
      "how many periods before it begins an epoch is announced; 4 unless given",
      wholeNumber(1, MOST_PERIODS),
    )
    .option(
      "--keep-periods <number>",
      "for how many periods after the last settlement an epoch's secrets are kept",
      wholeNumber(0, MOST_PERIODS * 10),
      DEFAULT_KEEP_PERIODS,
    )
    .option("--threads <number>", "threads that decrypt", wholeNumber(1, MOST_THREADS), 1)
    .option(
      "--reputations-per-minute <number>",
      "that one network address may ask for",
      wholeNumber(1, 100_000),
      60,
    )
    .option("--host <address>", "where it listens", "127.0.0.1")
    .option("--port <number>", "0 takes a free one", wholeNumber(0, 65_535), DEFAULT_PORT)
    .option("--json", "write each line as JSON")
    .addHelpText(
      "after",
      "\nHolds the keys of matching under encryption, opens ranks and matched pairs, and proposes the matches." +
        "\nIts account has the pool's matcher role and the record's key holder role." +
        "\nSee docs/operations/keyholder.md.",
    )
    .action((options: Partial<KeyHolderCommandOptions>) => {
      // Not by `requiredOption`, which would ask for them before `rotate` and `evidence` too.
      for (const name of ["keystore", "matcher", "data"] as const) {
        if (options[name] === undefined) command.error(`required option --${name} not specified`);
      }
      return keyholder(options as KeyHolderCommandOptions);
    });
}
