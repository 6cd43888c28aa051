import { parseYaml } from "../../yaml/yamlDocument.ts";
import type { YamlValue } from "../../yaml/yamlValue.ts";
import {
  FAULT_NAMES,
  FAULT_PARAMETERS,
  readUnit,
  type FaultTiming,
  type PlannedFault,
} from "./faultKinds.ts";

/** What a fault file says. */
export interface FaultPlan {
  /** What chances and noise follow from. */
  seed: number;
  faults: PlannedFault[];
}

export const MOST_SEED = 2 ** 32 - 1;
const MOST_REQUESTS = 1_000_000_000;
const MOST_SECONDS = 1_000_000_000;
const TIMING = [
  "unit",
  "afterRequests",
  "afterSeconds",
  "forRequests",
  "forSeconds",
  "chance",
] as const;

/** One moment of a counter is hit, unless the file says otherwise. */
const ONCE: ReadonlySet<string> = new Set(["zeroOnce"]);

/**
 * Reads a fault file (docs/schemas/faults.schema.json), YAML or JSON.
 * @param file what messages call it
 * @throws YamlError with file, line, key, value and what would be right
 */
export function parseFaults(text: string, file: string): FaultPlan {
  const { faults, seed } = parseYaml(text, file).map(["faults"], ["seed"]);
  return {
    seed: seed?.wholeNumber(0, MOST_SEED) ?? 0,
    faults: faults.list().map((entry) => parseFault(entry, file)),
  };
}

function parseFault(entry: YamlValue, file: string): PlannedFault {
  const named = entry.get("fault");
  // Without its name nothing can be said of its keys.
  if (named === undefined)
    throw entry.error("names no fault.", `Add fault: one of ${FAULT_NAMES.join(", ")}.`);
  const fault = named.choice(FAULT_NAMES, "faults");
  const parameters: Record<string, (value: YamlValue | undefined) => unknown> =
    FAULT_PARAMETERS[fault];
  const values: Record<string, YamlValue | undefined> = entry.map(
    ["fault"],
    [...Object.keys(parameters), ...TIMING],
  );
  const read = Object.entries(parameters).map(([key, parameter]) => [key, parameter(values[key])]);
  const timing = readTiming(values, ONCE.has(fault) ? 1 : undefined);
  if (fault === "refuseConnect") refuseCounts(values);
  return {
    fault,
    ...Object.fromEntries(read),
    ...timing,
    where: `${file}, line ${entry.line}`,
  } as PlannedFault;
}

function readTiming(
  values: Record<string, YamlValue | undefined>,
  forRequests: number | undefined,
): FaultTiming {
  const { forSeconds } = values;
  return {
    unit: values.unit && readUnit(values.unit),
    afterRequests: values.afterRequests?.wholeNumber(0, MOST_REQUESTS),
    afterSeconds: values.afterSeconds?.number(0, MOST_SECONDS, "s"),
    forRequests:
      values.forRequests?.wholeNumber(1, MOST_REQUESTS) ?? (forSeconds ? undefined : forRequests),
    forSeconds: forSeconds?.number(0, MOST_SECONDS, "s"),
    chance: values.chance?.number(0, 1),
  };
}

/** While nothing can connect there are no requests to count, and none of any one unit. */
function refuseCounts(values: Record<string, YamlValue | undefined>): void {
  for (const key of ["unit", "forRequests", "chance"] as const) {
    const value = values[key];
    if (value !== undefined)
      throw value.error("does not go with refuseConnect.", "Remove it, or use forSeconds.");
  }
}
