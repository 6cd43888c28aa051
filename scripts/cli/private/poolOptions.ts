import { getAddress, isAddress } from "ethers";
import { InvalidArgumentError, Option, type Command } from "commander";

export const DEFAULT_RPC = "http://127.0.0.1:8545";

export function toAddress(text: string): string {
  if (isAddress(text)) return getAddress(text);
  throw new InvalidArgumentError("Give an address of 40 hexadecimal digits.");
}

/** `[--rpc URL] [--pool ADDRESS | --deployment FILE]` */
export function addPoolOptions(command: Command): Command {
  return command
    .option("--rpc <url>", "the JSON-RPC endpoint of a node", DEFAULT_RPC)
    .addOption(
      new Option("--pool <address>", "the private market")
        .argParser(toAddress)
        .conflicts("deployment"),
    )
    .option(
      "--deployment <file>",
      "the market's address book; by default that of the chain in .sealwatt/deployments",
    );
}

/** The same with `[--record ADDRESS]`, for who takes part in matching. */
export function addMatchingOptions(command: Command): Command {
  return addPoolOptions(command).addOption(
    new Option("--record <address>", "the matching record of the private market").argParser(
      toAddress,
    ),
  );
}
