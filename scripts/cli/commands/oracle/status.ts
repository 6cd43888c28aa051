import type { Command } from "commander";
import { loadConfigWithoutSecrets } from "../../../../oracle/config/loadConfig.ts";
import { storedStatus, type StoredStatus } from "../../../../oracle/daemon/storedStatus.ts";
import { jsonText } from "../../../../oracle/http/httpReply.ts";
import { printable } from "../../../../sdk/printable.ts";
import {
  DaemonUnreachableError,
  readReadiness,
  readStatus,
  type Served,
} from "../../oracle/daemonClient.ts";
import {
  addDaemonOptions,
  daemonOf,
  NotServedError,
  type DaemonOptions,
} from "../../oracle/daemonOptions.ts";
import { formatStatus } from "../../oracle/formatStatus.ts";

interface StatusOptions extends DaemonOptions {
  json: boolean;
}

async function status(options: StatusOptions): Promise<void> {
  const { json } = options;
  let unreachable: DaemonUnreachableError | NotServedError;
  try {
    const { url } = await daemonOf(options);
    const [served, readiness] = [await readStatus(url), await readReadiness(url)];
    const text = json
      ? JSON.stringify({ source: "daemon", url, ...readiness, ...served }, null, 2)
      : `${formatReadiness(readiness)}\n${formatStatus(served)}`;
    process.stdout.write(`${text}\n`);
    return;
  } catch (error) {
    const isStored = options.config !== undefined && options.url === undefined;
    const isAway = error instanceof DaemonUnreachableError || error instanceof NotServedError;
    if (!isStored || !isAway) throw error;
    unreachable = error;
  }
  const config = await loadConfigWithoutSecrets(options.config!);
  const stored = JSON.parse(jsonText(storedStatus(config))) as Served<StoredStatus>;
  const reason = unreachable.shortMessage;
  const text = json
    ? JSON.stringify({ source: "store", reason, ...stored }, null, 2)
    : `${printable(reason)} This is from its store.\n${formatStatus(stored)}`;
  process.stdout.write(`${text}\n`);
}

function formatReadiness({ ready, reasons }: { ready: boolean; reasons: readonly string[] }) {
  return ready ? "Ready." : `NOT READY. ${printable(reasons.join(" "))}`;
}

/** `sealwatt oracle status [--config FILE | --url URL] [--json]` */
export function configure(command: Command): void {
  addDaemonOptions(command)
    .option("--json", "write one JSON object", false)
    .addHelpText(
      "after",
      "\nAsks the daemon; where none answers and --config is given, reads the store alone.",
    )
    .action(status);
}
