// Writes what a page needs to prove in a browser, with the development keys of the circuits or those of a ceremony:
//   node scripts/prover/publish.ts FOLDER [CIRCUIT…] [--ceremony FOLDER]
import { parseArgs } from "node:util";
import { BaseError } from "../../sdk/errors.ts";
import { circuitKeys } from "../keys/circuitKeys.ts";
import { chooseCircuits, readCircuitManifest } from "../keys/circuitManifest.ts";
import { ceremonyProvingKey } from "../keys/verifierKeys.ts";
import { publishProver, type PublishableKeys } from "./publishProver.ts";

async function keysFrom(
  ceremony: string | undefined,
  names: readonly string[],
): Promise<PublishableKeys[]> {
  if (ceremony === undefined) return circuitKeys(names);
  const circuits = chooseCircuits(await readCircuitManifest(), names);
  return Promise.all(circuits.map(({ name }) => ceremonyProvingKey(ceremony, name)));
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ceremony: { type: "string" } },
  });
  const [folder, ...names] = positionals;
  if (folder === undefined) {
    throw new BaseError("There is no folder to write into.", {
      metaMessages: ["Name it: npm run prover -- FOLDER [CIRCUIT…] [--ceremony FOLDER]"],
    });
  }
  const { circuits } = await publishProver(await keysFrom(values.ceremony, names), folder);
  console.error(`prover: ${Object.keys(circuits).length} circuits in ${folder}`);
} catch (error) {
  if (!(error instanceof BaseError)) throw error;
  console.error(`prover: ${error.message}`);
  process.exitCode = 2;
}
