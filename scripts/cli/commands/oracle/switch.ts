import { Argument, type Command } from "commander";
import { wholeNumber } from "../../neighbourhoodOptions.ts";
import { addOrderOptions, orderDaemon, type OrderOptions } from "../../oracle/orderDaemon.ts";

const MOST_PARTICIPANT = 2 ** 24 - 1;

/** `sealwatt oracle switch PARTICIPANT on|off --keystore FILE [--url URL | --config FILE] [--json]` */
export function configure(command: Command): void {
  command
    .addArgument(
      new Argument("<participant>", "whose meter it is").argParser(
        wholeNumber(1, MOST_PARTICIPANT),
      ),
    )
    .addArgument(new Argument("<position>", "what its relay is to be").choices(["on", "off"]));
  addOrderOptions(command).action(
    (participant: number, position: "on" | "off", options: OrderOptions) =>
      orderDaemon({ kind: "switch", participant, on: position === "on" }, options),
  );
}
