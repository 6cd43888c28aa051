import { InvalidArgumentError, Option, type Command } from "commander";
import type { OracleConfig } from "../../../oracle/config/config.ts";
import { loadConfigWithoutSecrets } from "../../../oracle/config/loadConfig.ts";
import { BaseError, showValue } from "../../../sdk/errors.ts";
import { DEFAULT_URL, urlOf } from "./daemonClient.ts";

/** Which daemon is meant. */
export interface DaemonOptions {
  url?: string;
  config?: string;
}

/** The configuration lets its daemon serve nothing. */
export class NotServedError extends BaseError {
  override name = "NotServedError";

  constructor(file: string) {
    super(`The daemon of ${showValue(file)} serves nothing.`, {
      metaMessages: ["Add http to the configuration, and operators whose commands it obeys."],
    });
  }
}

function toUrl(text: string): string {
  if (URL.canParse(text) && /^https?:\/\//.test(text)) return text;
  throw new InvalidArgumentError(`Give a URL such as ${DEFAULT_URL}.`);
}

/** Adds the options that name a daemon. */
export function addDaemonOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--url <url>",
        `where the daemon serves; ${DEFAULT_URL} unless --config says otherwise`,
      ).argParser(toUrl),
    )
    .option("--config <file>", "the gateway's configuration");
}

/**
 * Where the daemon serves, and its configuration where one is named.
 * @throws NotServedError
 */
export async function daemonOf({
  url,
  config: file,
}: DaemonOptions): Promise<{ url: string; config: OracleConfig | undefined }> {
  const config = file === undefined ? undefined : await loadConfigWithoutSecrets(file);
  const served = url ?? (config === undefined ? DEFAULT_URL : urlOf(config));
  if (served === undefined) throw new NotServedError(file!);
  return { url: served, config };
}
