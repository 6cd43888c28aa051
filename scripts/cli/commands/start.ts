import type { Command } from "commander";
import { Neighbourhood } from "../../neighbourhood/neighbourhood.ts";
import { RpcServer } from "../../neighbourhood/rpcServer.ts";
import { LiveView } from "../../neighbourhood/view/liveView.ts";
import { untilInterrupted } from "../interruption.ts";
import {
  addNeighbourhoodOptions,
  loadProfiles,
  requireLongPeriods,
  wholeNumber,
  type NeighbourhoodOptions,
} from "../neighbourhoodOptions.ts";

interface StartOptions extends NeighbourhoodOptions {
  port: number;
}

/** Where Hardhat, Anvil and the wallets that know them look for a development chain. */
const DEFAULT_PORT = 8545;

async function start(options: StartOptions): Promise<void> {
  requireLongPeriods(options);
  const profiles = await loadProfiles(options);
  // The port is known to be free before half a minute of setting up.
  let neighbourhood: Neighbourhood | undefined;
  const server = new RpcServer(async (method, params) => {
    if (neighbourhood === undefined) throw new Error("The chain is being set up.");
    return neighbourhood.chain.request(method, params);
  });
  await server.listen(options.port);
  const say = (line: string) => {
    process.stdout.write(`${line}\n`);
  };
  let log = say;
  try {
    await untilInterrupted(async (signal) => {
      neighbourhood = await Neighbourhood.create({
        profiles,
        periodSeconds: options.periodSeconds,
        seed: options.seed,
        log: (line) => log(line),
        progress: say,
        signal,
      });
      const { addresses, constants } = neighbourhood.reads;
      const where = [
        `RPC URL   ${server.url}   chain id ${constants.chainId.toString()}`,
        `market    ${addresses.market}`,
        `registry  ${addresses.registry}`,
        `token     ${addresses.token}`,
        "accounts  those of the development mnemonic (test test … junk): for play, never for value",
      ];
      for (const line of where) say(line);
      const view = new LiveView(neighbourhood, server.url, process.stdout);
      log = (line) => {
        view.message(line);
      };
      neighbourhood.start();
      await view.run(signal);
    });
  } finally {
    log = say;
    say("ending");
    await server.close();
    await neighbourhood?.stop();
  }
}

/** `sealwatt start [--participants N] [--period-seconds N] [--seed N] [--profiles DIR] [--port N]` */
export function configure(command: Command): void {
  addNeighbourhoodOptions(command, { participants: 20, periodSeconds: 20, seed: 1 })
    .option(
      "--port <number>",
      "port of the chain's JSON-RPC on 127.0.0.1, 0 for any free one",
      wholeNumber(0, 65_535),
      DEFAULT_PORT,
    )
    .addHelpText(
      "after",
      "\nEverything runs in this process on a chain of its own; Ctrl-C ends it, twice at once. A program or wallet\n" +
        "connects to the RPC URL and the market's address that are printed.",
    )
    .action(start);
}
