import { InvalidArgumentError, Option, type Command } from "commander";
import { readWorkerToken } from "../../../oracle/matcher/compute/spread/workerToken.ts";
import type { Log } from "../../../oracle/operations/log.ts";
import { ThreadEngine } from "../../../oracle/matcher/compute/threadEngine.ts";
import type { DistanceEngine } from "../../../oracle/matcher/compute/distanceEngine.ts";
import { MatcherService } from "../../../oracle/matcher/matcherService.ts";
import { untilAborted } from "../../../oracle/untilAborted.ts";
import { connectTo } from "../../../sdk/deployment/connectTo.ts";
import { BaseError } from "../../../sdk/errors.ts";
import { openKeystoreFile } from "../../../sdk/keystore/openKeystoreFile.ts";
import { untilInterrupted } from "../interruption.ts";
import { serviceLog } from "../serviceLog.ts";
import { wholeNumber } from "../neighbourhoodOptions.ts";
import { findMatching } from "../private/findMatching.ts";
import type { PoolPlace } from "../private/findPool.ts";
import { addMatchingOptions, toAddress } from "../private/poolOptions.ts";

interface MatcherOptions extends PoolPlace {
  rpc: string;
  keystore: string;
  keyHolder: string;
  keyHolderAddress: string;
  data: string;
  host: string;
  port: number;
  threads?: number;
  redis?: string;
  workerHost?: string;
  workerPort?: number;
  workerTokenFile?: string;
  keepDays: number;
  uploadsPerMinute: number;
  json?: true;
}

const DEFAULT_PORT = 8610;
const DEFAULT_WORKER_PORT = 8611;
const DAY_S = 86_400;

/** How much of a minute's uploads may come at once. */
const BURST_SHARE = 2;

/** What workers need is named in part. */
class WorkersWithoutRedisError extends BaseError {
  override name = "WorkersWithoutRedisError";
}

async function matcher(options: MatcherOptions): Promise<void> {
  const { rpc, keystore, keyHolder, keyHolderAddress, data, host, port, redis, json } = options;
  const log = serviceLog(options, [rpc, keyHolder, ...(redis === undefined ? [] : [redis])]);
  const provider = await connectTo(rpc);
  try {
    const { record, fromBlock, ...pool } = await findMatching(provider, options);
    const wallet = (await openKeystoreFile(keystore)).connect(provider);
    const service = await MatcherService.start({
      ...{ provider, pool, record, fromBlock, wallet, data, host, port, log },
      keyHolder: { url: keyHolder, address: keyHolderAddress },
      engine: await engineOf(options, log),
      keepS: options.keepDays * DAY_S,
      rate: {
        perMinute: options.uploadsPerMinute,
        burst: Math.ceil(options.uploadsPerMinute / BURST_SHARE),
      },
    });
    const { url } = service;
    const place = { url, pool: pool.pool, record, matcher: wallet.address };
    const line = `Matching for ${pool.pool} at ${url} as ${wallet.address}.`;
    process.stdout.write(`${json ? JSON.stringify(place) : line}\n`);
    await untilInterrupted((signal) => untilEnded(service, signal));
  } finally {
    provider.destroy();
  }
}

/** @throws what ended the service */
async function untilEnded(service: MatcherService, signal: AbortSignal): Promise<void> {
  try {
    await Promise.race([service.ended, untilAborted(signal)]);
  } finally {
    await service.stop();
  }
}

async function engineOf(options: MatcherOptions, log: Log): Promise<DistanceEngine> {
  const { host, threads, redis, workerHost = host, workerPort, workerTokenFile } = options;
  const own = threads === undefined ? {} : { threads };
  if (redis === undefined) {
    if (workerPort === undefined && workerTokenFile === undefined) return new ThreadEngine(own);
    throw new WorkersWithoutRedisError("Workers are named, and no Redis that they meet at.", {
      metaMessages: ["Give --redis too, or leave out --worker-port and --worker-token-file."],
    });
  }
  if (workerTokenFile === undefined) {
    throw new WorkersWithoutRedisError("Workers need a token to show, and none is named.", {
      metaMessages: ["Give --worker-token-file, the same file as the workers'."],
    });
  }
  // Loaded for those who spread their work.
  const { QueueEngine } = await import("../../../oracle/matcher/compute/spread/queueEngine.ts");
  const token = await readWorkerToken(workerTokenFile);
  const workers = { host: workerHost, port: workerPort ?? DEFAULT_WORKER_PORT, token, log };
  return QueueEngine.start({ ...own, redisUrl: redis, workers });
}

function toUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return text;
  throw new InvalidArgumentError("Give a URL that begins with http:// or https://.");
}

/**
 * `sealwatt matcher --keystore FILE --key-holder URL --key-holder-address ADDRESS --data DIR [--rpc URL]
 * [--pool ADDRESS | --deployment FILE] [--record ADDRESS] [--host] [--port] [--threads N]
 * [--redis URL --worker-port N --worker-token-file FILE] [--keep-days N] [--uploads-per-minute N] [--json]`
 */
export function configure(command: Command): void {
  command
    .requiredOption("--keystore <file>", "the matcher's key, encrypted")
    .requiredOption("--key-holder <url>", "the key holder's service", toUrl)
    .requiredOption(
      "--key-holder-address <address>",
      "whose answers are believed: the key holder's address",
      toAddress,
    )
    .requiredOption("--data <folder>", "where it keeps everything, for this matcher alone");
  addMatchingOptions(command)
    .option("--host <address>", "where it listens", "127.0.0.1")
    .option("--port <number>", "0 takes a free one", wholeNumber(0, 65_535), DEFAULT_PORT)
    .option("--threads <number>", "computing threads; by default one a core", wholeNumber(1, 256))
    .addOption(
      new Option("--redis <url>", "where batches are handed out; it may hold a password").env(
        "SEALWATT_REDIS_URL",
      ),
    )
    .option("--worker-host <address>", "where it listens for workers; by default as --host")
    .option("--worker-port <number>", "where workers fetch and bring", wholeNumber(0, 65_535))
    .option("--worker-token-file <file>", "the secret that workers show")
    .option(
      "--keep-days <number>",
      "how long ciphertexts are kept after their period",
      wholeNumber(0, 3_650),
      7,
    )
    .option("--uploads-per-minute <number>", "of one network address", wholeNumber(1, 100_000), 300)
    .option("--json", "write each line as JSON")
    .addHelpText(
      "after",
      "\nTakes encrypted plans, ranks them with the key holder, and learns no price and no quantity." +
        "\nSee docs/operations/matcher.md.",
    )
    .action(matcher);
}
