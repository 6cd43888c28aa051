import { parseFaults } from "../../oracle/simulator/faults/faultFile.ts";
import type { FaultName, PlannedFault } from "../../oracle/simulator/faults/faultKinds.ts";

/** An entry of a fault file, given its keys. */
export function plannedFault<Name extends FaultName>(
  entry: { fault: Name } & Record<string, unknown>,
): PlannedFault<Name> {
  const text = JSON.stringify({ faults: [entry] });
  return parseFaults(text, "faults.json").faults[0] as PlannedFault<Name>;
}
