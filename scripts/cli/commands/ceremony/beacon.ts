import { Option, type Command } from "commander";
import { applyBeacon } from "../../../keys/ceremony/contribute.ts";
import { wholeNumber } from "../../neighbourhoodOptions.ts";
import { addFolder, say, withSnarkjs, type FolderOption } from "./ceremonyOptions.ts";

interface BeaconOptions extends FolderOption {
  hash: string;
  iterations: number;
  source: string;
}

async function beacon({ folder, hash, iterations, source }: BeaconOptions): Promise<void> {
  await withSnarkjs(async () => {
    await applyBeacon(folder, { hash, iterationsExponent: iterations, source }, say);
    say("\nNo contribution can follow. Next: npx sealwatt ceremony finish");
  });
}

/** `sealwatt ceremony beacon --hash HEX --source TEXT [--iterations N] [--folder DIR]` */
export function configure(command: Command): void {
  addFolder(command)
    .requiredOption("--hash <hex>", "a number that nobody knew when the last contribution was made")
    .requiredOption("--source <text>", "where it is from, such as a block announced beforehand")
    .addOption(
      new Option("--iterations <exponent>", "how often it is hashed, as a power of two")
        .argParser(wholeNumber(10, 30))
        .default(10),
    )
    .action(beacon);
}
