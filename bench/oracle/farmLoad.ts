import type { FaultPlan } from "../../oracle/simulator/faults/faultFile.ts";
import { constantLoad, type MeteredLoad } from "../../oracle/simulator/meteredLoad.ts";

export interface FarmOptions {
  meters: number;
  /** Unix seconds at which energy begins to flow. */
  startS: number;
  /** From then on nothing flows any more; null: it flows for ever. */
  stopS: number | null;
  faults?: FaultPlan;
}

export const FIRST_SERIAL = 10_000_001;
/** More than any meter of the farm draws. */
export const RATED_POWER_W = 30_000;

/** What the meter of an index counts: another power each, every third feeds in. */
export function farmLoad(index: number, startS: number, stopS: number | null): MeteredLoad {
  const powerW = (500 + (index % 40) * 250) * (index % 3 === 2 ? -1 : 1);
  const load = constantLoad(powerW, startS);
  const until = (timeS: number) => Math.min(timeS, stopS ?? Infinity);
  return {
    energyAt: (timeS) => load.energyAt(until(timeS)),
    powerWAt: (timeS) => (until(timeS) < timeS ? 0 : load.powerWAt(timeS)),
  };
}
