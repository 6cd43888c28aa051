import { readdirSync, readFileSync } from "node:fs";
import { BaseError, showValue } from "../../sdk/errors.ts";
import { suggestNames } from "../../sdk/nearNames.ts";
import type { DeviceProfile, ModbusProfile } from "./deviceProfile.ts";

/** The meter that simulations use: 64-bit counters of 1 Wh, so that nothing is rounded before the bill. */
export const COMMON_METER = "schneider-iem3155";

const FOLDER = new URL("./", import.meta.url);

/** No profile has the name. */
export class UnknownProfileError extends BaseError {
  override name = "UnknownProfileError";

  constructor(profile: string, besides: readonly string[] = []) {
    super(`There is no device profile ${showValue(profile)}.`, {
      metaMessages: [suggestNames(profile, [...profileNames(), ...besides], "profiles")],
    });
  }
}

/** The profile may be wrong about the device, and nobody has said that it may be used. */
export class ExperimentalProfileError extends BaseError {
  override name = "ExperimentalProfileError";

  constructor({ name, notes }: DeviceProfile) {
    super(`The device profile ${showValue(name)} is experimental: too few sources agree on it.`, {
      metaMessages: [
        ...notes,
        "Compare a reading with the device's display; then allow it with allowExperimental: true in the configuration, or --allow-experimental.",
      ],
    });
  }
}

/** The names of all profiles, in order. */
export function profileNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/**
 * The profile of a name.
 * @param name one of {@link profileNames}
 * @param options.besides what the caller takes instead of a profile, to be suggested too
 * @throws UnknownProfileError
 * @throws ExperimentalProfileError unless those are allowed
 */
export function loadDeviceProfile(name: typeof COMMON_METER): ModbusProfile;
export function loadDeviceProfile(
  name: string,
  options?: { allowExperimental?: boolean; besides?: readonly string[] },
): DeviceProfile;
export function loadDeviceProfile(
  name: string,
  {
    allowExperimental = false,
    besides,
  }: { allowExperimental?: boolean; besides?: readonly string[] } = {},
): DeviceProfile {
  // Only names that are listed: a path in the name reads no other file.
  if (!profileNames().includes(name)) throw new UnknownProfileError(name, besides);
  const profile = JSON.parse(
    readFileSync(new URL(`${name}.json`, FOLDER), "utf8"),
  ) as DeviceProfile;
  if (profile.experimental && !allowExperimental) throw new ExperimentalProfileError(profile);
  return profile;
}
