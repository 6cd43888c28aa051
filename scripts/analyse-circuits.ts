// Lets static analysers look at the circuits: the compiler's own, and circomspect where it is on the PATH. Fails for each
// finding that scripts/analysis/explanations.ts does not explain, and for each explanation that nothing needs any more.
//
//   node scripts/analyse-circuits.ts
import path from "node:path";
import { BaseError } from "../sdk/errors.ts";
import { runCircomspect } from "./analysis/circomspect.ts";
import { EXPLANATIONS } from "./analysis/explanations.ts";
import { explainFindings } from "./analysis/finding.ts";
import { inspectCircuits } from "./analysis/inspect.ts";
import { CIRCUIT_MANIFEST } from "./keys/circuitManifest.ts";

async function analyse(): Promise<void> {
  const compilers = await inspectCircuits();
  const others = runCircomspect(path.dirname(CIRCUIT_MANIFEST));
  if (others === undefined) {
    console.log("NOT INSTALLED, what it would find is left out: circomspect (needs cargo)");
  }
  const findings = [...compilers, ...(others ?? [])];
  const { explained, open, idle } = explainFindings(
    findings,
    EXPLANATIONS,
    others === undefined ? ["circom"] : ["circom", "circomspect"],
  );
  for (const { analyser, rule, place, text } of open) {
    console.error(`${analyser} ${rule} ${place}: ${text}`);
  }
  for (const name of idle) console.error(`${name}: explained, and not found any more`);
  console.log(
    `${findings.length} findings, ${explained.length} of them explained, ${open.length} open.`,
  );
  if (open.length > 0 || idle.length > 0) process.exitCode = 1;
}

try {
  await analyse();
} catch (error) {
  if (!(error instanceof BaseError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
