import { InvalidArgumentError, type Command } from "commander";
import { TransactionSender } from "../../../sdk/clients/transactionSender.ts";
import { connectTo } from "../../../sdk/deployment/connectTo.ts";
import { openKeystoreFile } from "../../../sdk/keystore/openKeystoreFile.ts";
import { Relayer, type RelayReport } from "../../../sdk/private/relayer/relayer.ts";
import { untilAborted } from "../../../oracle/untilAborted.ts";
import { untilInterrupted } from "../interruption.ts";
import { wholeNumber } from "../neighbourhoodOptions.ts";
import { findPool, type PoolPlace } from "../private/findPool.ts";
import { addPoolOptions } from "../private/poolOptions.ts";

interface RelayOptions extends PoolPlace {
  rpc: string;
  keystore: string;
  feeNano: bigint;
  host: string;
  port: number;
  perMinute: number;
  json?: true;
}

const DEFAULT_PORT = 8600;
/** How much of a minute's calls may come at once. */
const BURST_SHARE = 3;

async function relay(options: RelayOptions): Promise<void> {
  const { rpc, keystore, feeNano, host, port, perMinute, json } = options;
  const say = (event: object, line: string) =>
    process.stdout.write(`${json ? JSON.stringify(event) : line}\n`);
  const provider = await connectTo(rpc);
  try {
    const { pool } = await findPool(provider, options);
    const wallet = (await openKeystoreFile(keystore)).connect(provider);
    const relayer = new Relayer({
      pool,
      sender: await TransactionSender.of(wallet),
      feeNano,
      host,
      port,
      rate: { perMinute, burst: Math.ceil(perMinute / BURST_SHARE) },
      // Neither who asked nor what for: both together would tell whose it was.
      onRelayed: (report: RelayReport) => say(report, `${report.verb}: ${report.outcome}`),
    });
    await untilInterrupted(async (signal) => {
      const url = await relayer.start();
      try {
        const { address } = wallet;
        say({ url, pool, relayer: address }, `Relaying for ${pool} at ${url} as ${address}.`);
        await untilAborted(signal);
      } finally {
        await relayer.stop();
      }
    });
  } finally {
    provider.destroy();
  }
}

function toNano(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError("Give a whole number of nano-currency.");
}

/** `sealwatt relay --keystore FILE [--rpc URL] [--pool ADDRESS | --deployment FILE] [--fee-nano N]` */
export function configure(command: Command): void {
  command.requiredOption("--keystore <file>", "the key that pays for gas, encrypted");
  addPoolOptions(command)
    .option("--fee-nano <amount>", "what a withdrawal must pay, in nano-currency", toNano, 0n)
    .option("--host <address>", "where it listens", "127.0.0.1")
    .option("--port <number>", "0 takes a free one", wholeNumber(0, 65_535), DEFAULT_PORT)
    .option("--per-minute <number>", "calls of one network address", wholeNumber(1, 10_000), 30)
    .option("--json", "write each line as JSON")
    .addHelpText(
      "after",
      "\nSends what anybody may send to the private market, so that nobody sees whose it is." +
        "\nSee docs/operations/private-participant.md.",
    )
    .action(relay);
}
