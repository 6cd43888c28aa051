import { availableParallelism } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Option, type Command } from "commander";
import {
  MatcherWorker,
  type MatcherWorkerOptions,
} from "../../../oracle/matcher/compute/spread/matcherWorker.ts";
import {
  MatcherAwayError,
  RedisError,
} from "../../../oracle/matcher/compute/spread/spreadErrors.ts";
import { readWorkerToken } from "../../../oracle/matcher/compute/spread/workerToken.ts";
import { untilAborted } from "../../../oracle/untilAborted.ts";
import { untilInterrupted } from "../interruption.ts";
import { serviceLog } from "../serviceLog.ts";
import { wholeNumber } from "../neighbourhoodOptions.ts";

interface WorkerOptions {
  redis: string;
  matcher: string;
  tokenFile: string;
  threads: number;
  json?: true;
}

const RETRY_MS = 2_000;
const MOST_THREADS = 256;

async function work({ redis, matcher, tokenFile, threads, json }: WorkerOptions): Promise<void> {
  const token = await readWorkerToken(tokenFile);
  const log = serviceLog({ json }, [token, redis]);
  await untilInterrupted(async (signal) => {
    const options = { redisUrl: redis, matcherUrl: matcher, token, threads, log };
    const worker = await startWhenThere(options, signal);
    const said = json
      ? JSON.stringify({ matcher, threads })
      : `Working for the matcher at ${matcher} on ${threads} threads.`;
    process.stdout.write(`${said}\n`);
    try {
      await untilAborted(signal);
    } finally {
      await worker.stop();
    }
  });
}

/** Waits for the matcher and Redis: machines start in any order. */
async function startWhenThere(
  options: MatcherWorkerOptions,
  signal: AbortSignal,
): Promise<MatcherWorker> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await MatcherWorker.start(options);
    } catch (error) {
      const isAway = error instanceof MatcherAwayError || error instanceof RedisError;
      if (!isAway) throw error;
      options.log.warn("The worker waits for the matcher.", { error });
      await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** `sealwatt matcher-worker --redis URL --matcher URL --token-file FILE [--threads N]` */
export function configure(command: Command): void {
  command
    .addOption(
      new Option("--redis <url>", "where batches are handed out; it may hold a password")
        .env("SEALWATT_REDIS_URL")
        .makeOptionMandatory(),
    )
    .requiredOption("--matcher <url>", "the matcher's worker port")
    .requiredOption("--token-file <file>", "the secret that the matcher was given too, mode 0600")
    .option(
      "--threads <number>",
      "how many compute, some 200 MB each",
      wholeNumber(1, MOST_THREADS),
      availableParallelism(),
    )
    .option("--json", "write each line as JSON")
    .addHelpText(
      "after",
      "\nComputes batches of a matcher that is on another machine. It is sent ciphertexts and the round's seed, so run" +
        "\nit only where the matcher itself might run. Ctrl-C or SIGTERM ends it when what it has begun is done." +
        "\nSee docs/operations/matcher-workers.md.",
    )
    .action(work);
}
