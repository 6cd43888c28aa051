import type { MeteredLoad } from "../../oracle/simulator/meteredLoad.ts";
import type { EnergyProfile, SlotEnergy } from "./profiles/energyProfile.ts";
import { SLOT_S } from "./profiles/energyProfile.ts";

/** When a profile is played. May be changed until it begins. */
export interface Playback {
  /** Unix seconds at which it begins. */
  startS: number;
  /** Seconds of the run in which a quarter-hour of the profile passes. */
  slotLengthS: number;
  /** Quarter-hour of the first day with which it begins. */
  firstSlot: number;
  /** Quarter-hours until nothing flows any more; without end unless given. */
  slots?: number;
}

const NOTHING: SlotEnergy = { importWh: 0, exportWh: 0 };

/** A profile as a meter sees it over time: within a quarter-hour the power is constant. */
export function meteredProfile(profile: EnergyProfile, playback: Playback): MeteredLoad {
  // Energy before each quarter-hour, as far as anybody has asked.
  const before: SlotEnergy[] = [NOTHING];
  const slots = () => playback.slots ?? Infinity;
  const slotAt = (index: number) =>
    index < slots() ? profile.slot(playback.firstSlot + index) : NOTHING;
  const upTo = (index: number): SlotEnergy => {
    for (let i = before.length; i <= index; ++i) {
      const { importWh, exportWh } = before[i - 1]!;
      const slot = slotAt(i - 1);
      before.push({ importWh: importWh + slot.importWh, exportWh: exportWh + slot.exportWh });
    }
    return before[index]!;
  };
  const position = (timeS: number) =>
    Math.min(slots(), Math.max(0, (timeS - playback.startS) / playback.slotLengthS));
  return {
    energyAt(timeS) {
      const at = position(timeS);
      const index = Math.floor(at);
      const sum = upTo(index);
      const slot = slotAt(index);
      const share = at - index;
      return {
        importWh: BigInt(Math.floor(sum.importWh + share * slot.importWh)),
        exportWh: BigInt(Math.floor(sum.exportWh + share * slot.exportWh)),
      };
    },
    powerWAt(timeS) {
      if (timeS < playback.startS) return 0;
      const { importWh, exportWh } = slotAt(Math.floor(position(timeS)));
      return ((importWh - exportWh) * 3600) / SLOT_S;
    },
  };
}
