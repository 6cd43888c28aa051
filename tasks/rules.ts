import { marketInterface } from "../sdk/clients/contractHandle.ts";
import { showValue } from "../sdk/errors.ts";
import type { MarketParameters } from "../sdk/market/parameters.ts";
import { requireKnown } from "./jsonFile.ts";
import { TaskInputError } from "./taskError.ts";
import { asGiven, wholeNumber } from "./values.ts";

/** How many bits the contract has for each rule. */
const BITS = new Map(
  marketInterface
    .getFunction("scheduleParameters")!
    .inputs[0]!.components!.map(({ name, type }) => [name, Number(type.slice("uint".length))]),
);

/**
 * Rules with some of them changed.
 * @param given as a JSON file has them
 * @throws TaskInputError for what is unknown or no number that fits; whether the rules agree, the contract says
 */
export function changeRules(
  before: MarketParameters,
  given: Record<string, unknown>,
): MarketParameters {
  const rules = { ...before };
  requireKnown(given, Object.keys(before), "rules");
  for (const [key, value] of Object.entries(given)) {
    const number = wholeNumber(`rules.${key}`, asGiven(value));
    if (number >= 2 ** BITS.get(key)!) {
      throw new TaskInputError(
        `rules.${key} is ${showValue(value)}.`,
        `Give at most ${2 ** BITS.get(key)! - 1}.`,
      );
    }
    Object.assign(rules, { [key]: key.endsWith("Nano") ? BigInt(number) : number });
  }
  return rules;
}
