import { InvalidArgumentError, Option, type Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import { runPrivateGateway } from "../../../oracle/privateGateway/runPrivateGateway.ts";
import { connectTo } from "../../../sdk/deployment/connectTo.ts";
import { BaseError } from "../../../sdk/errors.ts";
import { openKeystoreFile } from "../../../sdk/keystore/openKeystoreFile.ts";
import { requirePublicKey, type Point } from "../../../sdk/private/babyJubjub.ts";
import type { CircuitName } from "../../../sdk/private/context.ts";
import { nodeProver, type ProvingKeyFiles } from "../../../sdk/private/prover/nodeProver.ts";
import { keysOf } from "../../keys/circuitKeys.ts";
import { ceremonyProvingKey } from "../../keys/verifierKeys.ts";
import { untilInterrupted } from "../interruption.ts";
import { serviceLog } from "../serviceLog.ts";
import { wholeNumber } from "../neighbourhoodOptions.ts";
import { findMatching } from "../private/findMatching.ts";
import { findPool, type PoolPlace } from "../private/findPool.ts";
import { addMatchingOptions, toAddress } from "../private/poolOptions.ts";

/** Options that belong together are named in part. */
class KeyHolderWithoutMatcherError extends BaseError {
  override name = "KeyHolderWithoutMatcherError";
}

interface PrivateGatewayCommandOptions extends PoolPlace {
  rpc: string;
  keystore: string;
  data: string;
  matcher?: string;
  keyHolderAddress?: string;
  ceremony?: string;
  meteredBy?: string[];
  participants?: number[];
  auditKey?: Point[];
  confirmations: number;
  requestsPerMinute: number;
  host: string;
  port: number;
  json?: true;
}

const DEFAULT_PORT = 8630;
const DEFAULT_CONFIRMATIONS = 2;
/** How much of a minute's requests may come at once. */
const BURST_SHARE = 4;
const MOST_PARTICIPANT = 2 ** 24 - 1;

function provingKeys(ceremony: string | undefined) {
  return (circuit: CircuitName): Promise<ProvingKeyFiles> =>
    ceremony === undefined ? keysOf(circuit) : ceremonyProvingKey(ceremony, circuit);
}

async function privateGateway(options: PrivateGatewayCommandOptions): Promise<void> {
  const { rpc, keystore, data, matcher, keyHolderAddress, ceremony, json } = options;
  if (keyHolderAddress !== undefined && matcher === undefined) {
    throw new KeyHolderWithoutMatcherError("A key holder is named, and no matcher.", {
      metaMessages: [
        "Give --matcher too, which deliveries are brought to, or leave out --key-holder-address.",
      ],
    });
  }
  const say = (event: object, line: string) =>
    process.stdout.write(`${json ? JSON.stringify(event) : line}\n`);
  const log = serviceLog(options, [rpc, ...(matcher === undefined ? [] : [matcher])]);
  const provider = await connectTo(rpc);
  try {
    const keysFrom = provingKeys(ceremony);
    const wallet = await openKeystoreFile(keystore);
    const { chainId, pool, fromBlock } = await findPool(provider, options);
    const matching =
      matcher === undefined
        ? undefined
        : {
            url: matcher,
            record: (await findMatching(provider, options)).record,
            ...(keyHolderAddress === undefined ? {} : { keyHolder: keyHolderAddress }),
          };
    // What cannot be proven later is better known now; development keys are made here where they are missing.
    await keysFrom("Generation");
    await untilInterrupted((signal) =>
      runPrivateGateway({
        provider,
        pool: { chainId, pool },
        fromBlock,
        wallet,
        folder: data,
        prover: nodeProver(keysFrom),
        confirmations: options.confirmations,
        addressRate: {
          perMinute: options.requestsPerMinute,
          burst: Math.ceil(options.requestsPerMinute / BURST_SHARE),
        },
        host: options.host,
        port: options.port,
        log,
        version: packageJson.version,
        signal,
        ...(matching === undefined ? {} : { matching }),
        ...(options.meteredBy === undefined ? {} : { meteredBy: options.meteredBy }),
        ...(options.participants === undefined ? {} : { participants: options.participants }),
        ...(options.auditKey === undefined ? {} : { auditKeys: options.auditKey }),
        onStarted: ({ url, gateway, tag }) =>
          say(
            { url, pool, gateway, tag: tag.toString() },
            `Vouching for ${pool} at ${url} as ${gateway}, tag ${tag}.`,
          ),
      }),
    );
  } finally {
    provider.destroy();
  }
}

function addAddress(text: string, known: string[] = []): string[] {
  return [...known, toAddress(text)];
}

function addAuditKey(text: string, known: Point[] = []): Point[] {
  const [, x, y] = /^(\d{1,78}),(\d{1,78})$/.exec(text) ?? [];
  if (x !== undefined && y !== undefined) {
    try {
      return [...known, requirePublicKey("The audit key", [BigInt(x), BigInt(y)])];
    } catch {
      // It is no point of order l.
    }
  }
  throw new InvalidArgumentError("Give both coordinates as decimal numbers: X,Y.");
}

function toParticipants(text: string): number[] {
  return text.split(",").map((part) => {
    const participant = /^\d{1,8}$/.test(part) ? Number(part) : 0;
    if (participant >= 1 && participant <= MOST_PARTICIPANT) return participant;
    throw new InvalidArgumentError("Give account numbers of the market, such as 2,3,7.");
  });
}

/** `sealwatt private-gateway --keystore FILE --data FOLDER [--matcher URL] …` */
export function configure(command: Command): void {
  addMatchingOptions(
    command
      .requiredOption("--keystore <file>", "the gateway's key, encrypted")
      .requiredOption("--data <folder>", "where it keeps what it has vouched for"),
  )
    .option("--matcher <url>", "the matcher, which is brought what was delivered, encrypted")
    .addOption(
      new Option(
        "--key-holder-address <address>",
        "whose signature the keys must have that deliveries are encrypted with",
      ).argParser(toAddress),
    )
    .option("--ceremony <folder>", "proves with the keys of a ceremony, not development keys")
    .addOption(
      new Option(
        "--metered-by <address>",
        "a gateway whose meters it vouches for, by default its own address; may be given again",
      ).argParser(addAddress),
    )
    .addOption(
      new Option("--participants <list>", "only these account numbers, such as 2,3,7").argParser(
        toParticipants,
      ),
    )
    .addOption(
      new Option(
        "--audit-key <x,y>",
        "an audit key that the regulator published: no other is sealed to; may be given again",
      ).argParser(addAuditKey),
    )
    .option(
      "--confirmations <number>",
      "how many blocks deep a settlement must lie",
      wholeNumber(0, 10_000),
      DEFAULT_CONFIRMATIONS,
    )
    .option(
      "--requests-per-minute <number>",
      "of one network address",
      wholeNumber(1, 100_000),
      240,
    )
    .option("--host <address>", "where it listens", "127.0.0.1")
    .option("--port <number>", "0 takes a free one", wholeNumber(0, 65_535), DEFAULT_PORT)
    .option("--json", "write each line as JSON")
    .addHelpText(
      "after",
      "\nVouches for energy that is sold privately: before it flows, by a proof, and for what was delivered." +
        "\nWho asks signs with the wallet that has joined. See docs/operations/private-gateway.md.",
    )
    .action(privateGateway);
}
