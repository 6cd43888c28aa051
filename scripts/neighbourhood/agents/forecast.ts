import type { EnergyProfile, SlotEnergy } from "../profiles/energyProfile.ts";
import type { RandomSource } from "../../../sdk/seededRandom.ts";

/** Guesses what a connection will draw and feed in. */
export interface Forecast {
  name: string;
  /**
   * @param slot the quarter-hour to guess
   * @param latest what was metered last, where anything was
   */
  expect(slot: number, latest: SlotEnergy | undefined): SlotEnergy;
}

/** A good forecast: what will happen, with an error of some percent. */
export function profileForecast(
  profile: EnergyProfile,
  random: RandomSource,
  relativeError = 0.08,
): Forecast {
  return {
    name: "profile with error",
    expect(slot) {
      const { importWh, exportWh } = profile.slot(slot);
      const factor = Math.max(0, 1 + relativeError * random.normal());
      return { importWh: Math.round(importWh * factor), exportWh: Math.round(exportWh * factor) };
    },
  };
}

/** The simplest forecast there is: as last time. Before the first reading, as `first` says. */
export function persistenceForecast(first: Forecast): Forecast {
  return {
    name: "persistence",
    expect: (slot, latest) => latest ?? first.expect(slot, undefined),
  };
}
