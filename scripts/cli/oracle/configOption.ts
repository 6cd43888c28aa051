import type { Command } from "commander";

/** Adds the option that names a gateway's configuration. */
export function addConfigOption(command: Command): Command {
  return command.requiredOption(
    "--config <file>",
    "the gateway's configuration (docs/operations/oracle.yaml shows every key)",
  );
}
