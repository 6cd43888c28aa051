import { Option, type Command } from "commander";
import { CIRCUIT_MANIFEST, readCircuitManifest } from "../../../keys/circuitManifest.ts";
import { endSnarkjsWorkers } from "../../../keys/snarkjsCurve.ts";

const DEFAULT_FOLDER = "ceremony";

/** Options of all of a ceremony's commands. */
export interface FolderOption {
  folder: string;
}

export interface SourceOptions extends FolderOption {
  powersOfTau: string;
  circuits: string;
}

export function addFolder(command: Command): Command {
  return command.option("--folder <path>", "the ceremony's folder", DEFAULT_FOLDER);
}

/** What a ceremony follows from: needed wherever it is checked. */
export function addSources(command: Command): Command {
  return addFolder(command)
    .requiredOption("--powers-of-tau <file>", "phase 1, such as powersOfTau28_hez_final_15.ptau")
    .addOption(new Option("--circuits <file>", "the list of circuits").default(CIRCUIT_MANIFEST));
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What the library's functions take of these options. */
export async function sourcesOf({ folder, powersOfTau, circuits }: SourceOptions) {
  return { folder, powersOfTau, manifest: await readCircuitManifest(circuits), onStep: say };
}

/** Runs a step; snarkjs's threads would keep the process from ending. */
export async function withSnarkjs(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } finally {
    await endSnarkjsWorkers();
  }
}
