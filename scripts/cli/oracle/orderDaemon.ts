import type { Command } from "commander";
import { BaseError } from "../../../sdk/errors.ts";
import {
  randomNonce,
  signOperatorCommand,
  type ReleaseCommand,
  type RejectCommand,
  type SwitchCommand,
} from "../../../sdk/gateway/operatorCommand.ts";
import { openKeystoreFile } from "../../../sdk/keystore/openKeystoreFile.ts";
import { printable } from "../../../sdk/printable.ts";
import { marketDomain } from "../../../sdk/readings/reading.ts";
import { readStatus, sendCommand } from "./daemonClient.ts";
import { addDaemonOptions, daemonOf, type DaemonOptions } from "./daemonOptions.ts";

export interface OrderOptions extends DaemonOptions {
  keystore: string;
  json: boolean;
}

/** What an operator orders, apart from whom and until when. */
type Order =
  | Pick<ReleaseCommand, "kind" | "quarantineId" | "resolution">
  | Pick<RejectCommand, "kind" | "quarantineId">
  | Pick<SwitchCommand, "kind" | "participant" | "on">;

/** The daemon that answers is not the one of the configuration. */
export class OtherDaemonError extends BaseError {
  override name = "OtherDaemonError";
}

/** Long enough for a clock that is a little off. */
const LIFETIME_S = 300;

/** Adds the options of the commands that an operator signs. */
export function addOrderOptions(command: Command): Command {
  return addDaemonOptions(
    command.requiredOption(
      "--keystore <file>",
      "an operator's encrypted key; its password is asked for, or SEALWATT_KEYSTORE_PASSWORD",
    ),
  )
    .option("--json", "write one JSON object", false)
    .addHelpText(
      "after",
      "\nSigns the command and sends it to the daemon, which obeys the operators of its configuration." +
        "\nIt stays on record there, with who signed it. Exits with 2 where the daemon refuses.",
    );
}

/**
 * Signs an order with an operator's key, sends it, and shows what came of it.
 * @throws KeystoreError, DaemonUnreachableError, DaemonRefusalError, OtherDaemonError
 */
export async function orderDaemon(order: Order, options: OrderOptions): Promise<void> {
  const { url, config } = await daemonOf(options);
  const { gateway, market, chainId } = await readStatus(url);
  if (config !== undefined) {
    const expected = config.market;
    if (expected.market !== market || expected.chainId !== BigInt(chainId)) {
      throw new OtherDaemonError(
        `The daemon at ${url} is of market ${market} on chain ${chainId}, not of the configuration's.`,
        { metaMessages: ["Correct --url or --config."] },
      );
    }
  }
  const operator = await openKeystoreFile(options.keystore);
  const expiry = Math.floor(Date.now() / 1000) + LIFETIME_S;
  const command = { ...order, gateway, nonce: randomNonce(), expiry };
  const signed = await signOperatorCommand(
    operator,
    marketDomain(BigInt(chainId), market),
    command,
  );
  const done = await sendCommand(url, signed);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...done, command }, null, 2)}\n`
      : `${printable(done.result)}\n`,
  );
}
