import { readFileSync } from "node:fs";
import { BaseError, showValue } from "../../sdk/errors.ts";
import { suggestNames } from "../../sdk/nearNames.ts";

/** How a register's words are read. All are big-endian, the high word first. */
export type RegisterType = "int64" | "uint32" | "float32";

/** Where a device keeps one quantity. */
export interface RegisterSpec {
  functionCode: 3 | 4;
  /** As on the wire, from 0. */
  address: number;
  type: RegisterType;
  unit: string;
  sources: string[];
  confidence?: string;
}

/** The quantities that a profile can name. */
export const QUANTITIES = [
  "importEnergyWh",
  "exportEnergyWh",
  "activePowerKw",
  "serialNumber",
] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** What is known of a device, as data: see the files beside this one. */
export interface DeviceProfile {
  name: string;
  vendor: string;
  model: string;
  serialDefault: string;
  why: string;
  registers: Record<Quantity, RegisterSpec>;
  sources: Record<string, string>;
}

/** 16-bit registers that a type takes. */
export const WORDS: Record<RegisterType, number> = { int64: 4, uint32: 2, float32: 2 };

const PROFILES = ["schneider-iem3155"] as const;

/** The meter that simulations use. */
export const COMMON_METER = "schneider-iem3155";

/** No profile has the name. */
export class UnknownProfileError extends BaseError {
  override name = "UnknownProfileError";

  constructor(name: string) {
    super(`There is no device profile ${showValue(name)}.`, {
      metaMessages: [suggestNames(name, PROFILES, "profiles")],
    });
  }
}

/**
 * The profile of a name.
 * @throws UnknownProfileError
 */
export function loadDeviceProfile(name: string): DeviceProfile {
  if (!(PROFILES as readonly string[]).includes(name)) throw new UnknownProfileError(name);
  const file = new URL(`./${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as DeviceProfile;
}
