import { Argument, type Command } from "commander";
import { wholeNumber } from "../../neighbourhoodOptions.ts";
import { addOrderOptions, orderDaemon, type OrderOptions } from "../../oracle/orderDaemon.ts";

const MOST_ID = 2 ** 48 - 1;

/** `sealwatt oracle reject ID --keystore FILE [--url URL | --config FILE] [--json]` */
export function configure(command: Command): void {
  command.addArgument(
    new Argument("<id>", "the quarantine entry, as status shows it").argParser(
      wholeNumber(1, MOST_ID),
    ),
  );
  addOrderOptions(command).action((quarantineId: number, options: OrderOptions) =>
    orderDaemon({ kind: "reject", quarantineId }, options),
  );
}
