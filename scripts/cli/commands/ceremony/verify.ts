import type { Command } from "commander";
import { verifyCeremony } from "../../../keys/ceremony/verify.ts";
import { addSources, say, sourcesOf, withSnarkjs, type SourceOptions } from "./ceremonyOptions.ts";

async function verify(options: SourceOptions): Promise<void> {
  await withSnarkjs(async () => {
    const { contributions } = await verifyCeremony(await sourcesOf(options));
    say("");
    for (const [index, { contributor, time, beacon }] of contributions.entries())
      say(`${index + 1}. ${contributor}, ${time}${beacon === null ? "" : ` (${beacon.source})`}`);
    if (contributions.length === 0) say("Nobody has contributed yet.");
    else if (contributions.at(-1)!.beacon === null) say("The beacon is still to come.");
  });
}

/** `sealwatt ceremony verify --powers-of-tau FILE [--folder DIR]` */
export function configure(command: Command): void {
  addSources(command)
    .addHelpText("after", "\nA circuit of 30,000 constraints takes about a minute on two cores.")
    .action(verify);
}
