import type { Command } from "commander";
import { contribute as addContribution } from "../../../keys/ceremony/contribute.ts";
import { addFolder, say, withSnarkjs, type FolderOption } from "./ceremonyOptions.ts";

interface ContributeOptions extends FolderOption {
  name: string;
  entropyFile?: string;
}

async function contribute({ folder, name, entropyFile }: ContributeOptions): Promise<void> {
  await withSnarkjs(async () => {
    await addContribution(folder, name, entropyFile, say);
    say(
      `\nPublish these hashes under your name: with them everybody can see that your part is in the keys.` +
        `\nWhat was secret was never written anywhere. Pass ${folder} on; older keys in it may stay behind.`,
    );
  });
}

/** `sealwatt ceremony contribute --name NAME [--entropy-file FILE] [--folder DIR]` */
export function configure(command: Command): void {
  addFolder(command)
    .requiredOption("--name <name>", "of the contributor, as the keys will show it")
    .option("--entropy-file <file>", "random bytes of your own, beside the system's")
    .action(contribute);
}
