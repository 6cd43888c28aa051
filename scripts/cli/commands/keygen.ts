import type { Command } from "commander";
import { configureKeygen } from "../keygen.ts";

/** `sealwatt keygen --keystore FILE [--json]` */
export function configure(command: Command): void {
  configureKeygen(
    command,
    () =>
      "The address is public. The service's page in docs/operations says who is told it, and which role it needs.",
  );
}
