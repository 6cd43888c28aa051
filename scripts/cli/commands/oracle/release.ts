import { Argument, Option, type Command } from "commander";
import { RESOLUTIONS, type Resolution } from "../../../../sdk/gateway/operatorCommand.ts";
import { wholeNumber } from "../../neighbourhoodOptions.ts";
import { addOrderOptions, orderDaemon, type OrderOptions } from "../../oracle/orderDaemon.ts";

interface ReleaseOptions extends OrderOptions {
  as: Resolution;
}

const MOST_ID = 2 ** 48 - 1;

/** `sealwatt oracle release ID --as as-read|wrap-around --keystore FILE [--url URL | --config FILE] [--json]` */
export function configure(command: Command): void {
  command.addArgument(
    new Argument("<id>", "the quarantine entry, as status shows it").argParser(
      wholeNumber(1, MOST_ID),
    ),
  );
  addOrderOptions(
    command.addOption(
      new Option(
        "--as <resolution>",
        "as-read: the value is right; wrap-around: the counter has begun anew at 0",
      )
        .choices(RESOLUTIONS)
        .makeOptionMandatory(),
    ),
  ).action((quarantineId: number, { as: resolution, ...options }: ReleaseOptions) =>
    orderDaemon({ kind: "release", quarantineId, resolution }, options),
  );
}
