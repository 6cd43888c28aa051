import { Option, type Command } from "commander";
import packageJson from "../../../../package.json" with { type: "json" };
import type { OracleConfig } from "../../../../oracle/config/config.ts";
import { loadConfig } from "../../../../oracle/config/loadConfig.ts";
import type { Secret } from "../../../../oracle/config/secret.ts";
import { runOracle } from "../../../../oracle/daemon/runOracle.ts";
import { Log, writeLinesTo } from "../../../../oracle/operations/log.ts";
import { jsonLine, textLine, type LogLevel } from "../../../../oracle/operations/logLine.ts";
import { BaseError } from "../../../../sdk/errors.ts";
import { untilInterrupted } from "../../interruption.ts";
import { addConfigOption } from "../../oracle/configOption.ts";

interface RunOptions {
  config: string;
  logFormat?: "json" | "text";
  logLevel: LogLevel;
  json: boolean;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

async function run({ config: file, logFormat, logLevel, json }: RunOptions): Promise<void> {
  const config = await loadConfig(file);
  // What ends other commands: here a reader that goes away ends nothing but the log.
  process.stdout.removeAllListeners("error");
  const usual = process.stdout.isTTY && !json ? "text" : "json";
  const log = new Log({
    write: writeLinesTo(process.stdout),
    format: (logFormat ?? usual) === "text" ? textLine : jsonLine,
    level: logLevel,
    secrets: secretsOf(config),
  });
  await untilInterrupted(async (signal) => {
    try {
      await runOracle({
        config,
        log,
        version: packageJson.version,
        signal,
        onStarted: (_daemon, url) => {
          if (url !== undefined) log.info("status and metrics are served", { url });
        },
      });
    } catch (error) {
      // What was broken off by the signal is no failure; a store that takes no writes is one, also at the end.
      if (!signal.aborted || error instanceof BaseError) throw error;
    }
  });
}

/** All of a configuration that no line of the log may show. */
function secretsOf({ market, key, mqtt, relay }: OracleConfig): Secret[] {
  return [
    ...market.rpc,
    ...(key.kind === "keystore" ? [key.password] : []),
    mqtt?.url,
    mqtt?.password,
    relay?.password,
    relay?.operatorCode,
  ].filter((secret) => secret !== undefined);
}

/** `sealwatt oracle run --config FILE [--log-format json|text] [--log-level LEVEL]` */
export function configure(command: Command): void {
  addConfigOption(command)
    .addOption(
      new Option("--log-format <form>", "text on a terminal, else JSON, unless given").choices([
        "json",
        "text",
      ]),
    )
    .addOption(
      new Option("--log-level <level>", "the least that is said").choices(LEVELS).default("info"),
    )
    .addOption(
      new Option("--json", "the same as --log-format json").default(false).conflicts("logFormat"),
    )
    .addHelpText(
      "after",
      "\nReads the meters, judges, stores, signs and reports their readings. Ctrl-C or SIGTERM ends it when what is" +
        "\nbeing written is written, a second one at once. Logs go to standard output, a line each.",
    )
    .action(run);
}
