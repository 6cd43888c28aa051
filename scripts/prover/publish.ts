// Writes what a page needs to prove in a browser, with the development keys of the circuits:
//   node scripts/prover/publish.ts FOLDER [CIRCUIT…]
import { BaseError } from "../../sdk/errors.ts";
import { circuitKeys } from "../keys/circuitKeys.ts";
import { publishProver } from "./publishProver.ts";

const [folder, ...names] = process.argv.slice(2);
try {
  if (folder === undefined) {
    throw new BaseError("There is no folder to write into.", {
      metaMessages: ["Name it: npm run prover -- FOLDER [CIRCUIT…]"],
    });
  }
  const { circuits } = await publishProver(await circuitKeys(names), folder);
  console.error(`prover: ${Object.keys(circuits).length} circuits in ${folder}`);
} catch (error) {
  if (!(error instanceof BaseError)) throw error;
  console.error(`prover: ${error.message}`);
  process.exitCode = 2;
}
