import { poolInterface } from "../sdk/private/chain/poolInterface.ts";
import type { PoolTerms } from "../sdk/private/chain/poolReads.ts";
import { defaultPoolTerms } from "../sdk/private/poolTerms.ts";
import { showValue } from "../sdk/errors.ts";
import { readJsonObject, requireKnown } from "./jsonFile.ts";
import { TaskInputError } from "./taskError.ts";
import { asGiven, wholeNumber, type Given } from "./values.ts";

/** How many bits the contract has for each term. */
const BITS = new Map(
  poolInterface
    .getFunction("terms")!
    .outputs[0]!.components!.map(({ name, type }) => [name, Number(type.slice("uint".length))]),
);

/**
 * The rules of a private market: those of a file, and the defaults for a market's periods.
 * @throws TaskInputError for what is unknown or no number that fits; whether the rules agree, the contract says
 */
export async function planPoolTerms(
  file: Given,
  { genesis, periodLength }: { genesis: number; periodLength: number },
): Promise<PoolTerms> {
  const given = file === undefined ? {} : await readJsonObject("--terms", file, "terms");
  requireKnown(given, [...BITS.keys()], "terms");
  const numbers = Object.entries(given).map(([name, value]): [string, number] => {
    const number = wholeNumber(`terms.${name}`, asGiven(value));
    const most = 2 ** BITS.get(name)! - 1;
    if (number <= most) return [name, number];
    throw new TaskInputError(`terms.${name} is ${showValue(value)}.`, `Give at most ${most}.`);
  });
  const own = Object.fromEntries(numbers);
  const defaults = defaultPoolTerms(own.genesis ?? genesis, own.periodLength ?? periodLength);
  const changed = numbers.map(([name, number]) => [
    name,
    typeof defaults[name as keyof PoolTerms] === "bigint" ? BigInt(number) : number,
  ]);
  return { ...defaults, ...(Object.fromEntries(changed) as Partial<PoolTerms>) };
}
