import {
  QUANTITIES,
  wordsOf,
  type ModbusProfile,
  type Quantity,
  type RegisterSpec,
} from "../profiles/deviceProfile.ts";
import type { ReadRequest } from "./modbusRequest.ts";

/** One request, and what its answer holds. */
export interface PlannedRead extends ReadRequest {
  parts: { quantity: Quantity; spec: RegisterSpec }[];
}

/**
 * The requests that read a profile's registers. Registers side by side are read in one, so that they are of one moment;
 * gaps are not read over, because devices refuse registers that they do not have.
 */
export function planReads({ registers }: Pick<ModbusProfile, "registers">): PlannedRead[] {
  const plan: PlannedRead[] = [];
  for (const quantity of QUANTITIES) {
    const spec = registers[quantity];
    if (spec === undefined) continue;
    const { functionCode, address } = spec;
    const count = wordsOf(spec);
    const before = plan.find(
      (read) => read.functionCode === functionCode && read.address + read.count === address,
    );
    if (before === undefined)
      plan.push({ functionCode, address, count, parts: [{ quantity, spec }] });
    else {
      before.count += count;
      before.parts.push({ quantity, spec });
    }
  }
  return plan;
}
