import { BaseError, showValue } from "../errors.ts";
import { suggestNames } from "../nearNames.ts";
import type { Mechanism } from "./types.ts";

/** Loaded when asked for, so that a mechanism with a solver costs nothing to the others. */
const mechanisms = new Map<string, () => Promise<Mechanism>>([
  [
    "green-double-auction",
    async () => (await import("./greenDoubleAuction.ts")).greenDoubleAuction,
  ],
]);

/** The names that {@link loadMechanism} knows. */
export const mechanismNames: readonly string[] = [...mechanisms.keys()];

/** No mechanism has this name. */
export class UnknownMechanismError extends BaseError {
  override name = "UnknownMechanismError";

  constructor(name: string) {
    super(`There is no mechanism ${showValue(name)}.`, {
      metaMessages: [suggestNames(name, mechanismNames, "mechanisms")],
    });
  }
}

/**
 * The mechanism with a name.
 * @throws UnknownMechanismError with the near names
 */
export async function loadMechanism(name: string): Promise<Mechanism> {
  const load = mechanisms.get(name);
  if (load === undefined) throw new UnknownMechanismError(name);
  return load();
}
