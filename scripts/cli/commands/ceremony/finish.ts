import path from "node:path";
import type { Command } from "commander";
import { finishCeremony } from "../../../keys/ceremony/finish.ts";
import { addSources, say, sourcesOf, withSnarkjs, type SourceOptions } from "./ceremonyOptions.ts";

async function finish(options: SourceOptions): Promise<void> {
  await withSnarkjs(async () => {
    const { finished } = await finishCeremony(await sourcesOf(options));
    say("");
    for (const [file, sha256] of Object.entries(finished!.files)) say(`${sha256}  ${file}`);
    say(
      `\nThe files are in ${path.join(options.folder, "final")}; publish the transcript with them.`,
    );
    say(`Deploy with these keys: npx hardhat private:deploy --ceremony ${options.folder}`);
  });
}

/** `sealwatt ceremony finish --powers-of-tau FILE [--folder DIR]` */
export function configure(command: Command): void {
  addSources(command).action(finish);
}
