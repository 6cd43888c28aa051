import type { Command } from "commander";
import { startCeremony } from "../../../keys/ceremony/start.ts";
import { addSources, say, sourcesOf, withSnarkjs, type SourceOptions } from "./ceremonyOptions.ts";

interface StartOptions extends SourceOptions {
  powersOfTauHash?: string;
}

async function start(names: string[], options: StartOptions): Promise<void> {
  await withSnarkjs(async () => {
    const { powersOfTau } = await startCeremony({
      ...(await sourcesOf(options)),
      names,
      powersOfTauHash: options.powersOfTauHash,
    });
    say(`\nPhase 1 is ${powersOfTau.published ?? `the file of hash ${powersOfTau.blake2b512}`}.`);
    say(
      `${options.folder} goes from contributor to contributor: npx sealwatt ceremony contribute --name NAME`,
    );
  });
}

/** `sealwatt ceremony start [CIRCUIT…] --powers-of-tau FILE [--powers-of-tau-hash HASH] [--folder DIR]` */
export function configure(command: Command): void {
  addSources(command)
    .argument("[circuit...]", "circuits of the list; by default all")
    .option("--powers-of-tau-hash <hex>", "BLAKE2b-512, for a file that is not Hermez's")
    .addHelpText("after", "\nA circuit of 30,000 constraints takes about a minute on two cores.")
    .action(start);
}
