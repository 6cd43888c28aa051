import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { toRevertError } from "../sdk/clients/revertError.ts";
import { BaseError } from "../sdk/errors.ts";

/** Wrong input, a refusal or a chain that does not answer. */
const EXIT_USAGE = 2;

/** Codes of ethers that mean a node that does not do what it is asked. */
const REQUEST_FAILURES = new Set([
  "INSUFFICIENT_FUNDS",
  "NETWORK_ERROR",
  "NONCE_EXPIRED",
  "REPLACEMENT_UNDERPRICED",
  "SERVER_ERROR",
  "TIMEOUT",
]);

function explain(error: unknown): BaseError | undefined {
  const explained = toRevertError(error);
  if (explained instanceof BaseError) return explained;
  const { code, shortMessage } = explained as { code?: unknown; shortMessage?: unknown };
  if (typeof code !== "string" || !REQUEST_FAILURES.has(code)) return undefined;
  return new BaseError("The chain does not take the request.", {
    details: typeof shortMessage === "string" ? shortMessage : explained.message,
    metaMessages: ["Check the node, the account's ether and its pending transactions."],
    cause: error,
  });
}

/** An error on one line: what happened, and what to change. */
export function toLine({ shortMessage, metaMessages, details }: BaseError): string {
  const sentences = [
    shortMessage,
    ...metaMessages,
    ...(details === undefined ? [] : [`(${details})`]),
  ];
  return sentences.join(" ").replace(/\s*\n\s*/g, " ");
}

/**
 * An action that ends with one line on stderr and exit code 2 where its user can mend what is wrong; any other
 * error goes on as it is.
 */
export function explained<Arguments>(
  action: (args: Arguments, hre: HardhatRuntimeEnvironment) => Promise<void>,
) {
  return async (args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> => {
    try {
      await action(args, hre);
    } catch (error) {
      const known = explain(error);
      if (known === undefined) throw error;
      process.stderr.write(`${toLine(known)}\n`);
      process.exitCode = EXIT_USAGE;
    }
  };
}
