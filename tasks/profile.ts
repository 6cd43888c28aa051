import { encodeBytes32String } from "ethers";
import { ENERGY_TYPES } from "../sdk/clients/participantClient.ts";
import { showValue } from "../sdk/errors.ts";
import { TaskInputError } from "./taskError.ts";
import { oneOf, type Given } from "./values.ts";

/** The number of an energy type in the contract. */
export const energyTypeOf = (value: Given): number =>
  ENERGY_TYPES.indexOf(oneOf("--energy-type", value, ENERGY_TYPES));

/** The code of a microgrid or place, as the contract has it. */
export function codeOf(option: string, value: string): string {
  try {
    return encodeBytes32String(value);
  } catch {
    throw new TaskInputError(`${option} is ${showValue(value)}.`, "Give at most 31 bytes.");
  }
}
