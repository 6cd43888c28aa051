import type { EnergyType } from "../../../sdk/clients/participantClient.ts";

/** Quarter-hours of a day. */
export const SLOTS_PER_DAY = 96;
/** Seconds of profile energy that a market period stands for, however long the period is. */
export const SLOT_S = 900;

/** The energy of one quarter-hour at a grid connection, in whole Wh: what is drawn and what is fed in. */
export interface SlotEnergy {
  importWh: number;
  exportWh: number;
}

/** What a participant draws from and feeds into the grid. */
export interface EnergyProfile {
  /** What stands behind the meter, for people: `household with solar`. */
  description: string;
  energyType: EnergyType;
  /** Rated power of the grid connection in W. */
  ratedPowerW: number;
  /** @param slot quarter-hours since midnight of the first day */
  slot(slot: number): SlotEnergy;
}

/** Load and generation behind one meter as the meter sees them. */
export function netOf(loadWh: number, generationWh: number): SlotEnergy {
  const netWh = Math.round(loadWh - generationWh);
  return netWh >= 0 ? { importWh: netWh, exportWh: 0 } : { importWh: 0, exportWh: -netWh };
}
