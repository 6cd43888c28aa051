import { InvalidArgumentError } from "commander";
import { constantLoad, type MeteredLoad } from "../../oracle/simulator/meteredLoad.ts";
import { meteredProfile } from "../neighbourhood/meteredProfile.ts";
import { SLOT_S, SLOTS_PER_DAY } from "../neighbourhood/profiles/energyProfile.ts";
import { generateProfiles } from "../neighbourhood/profiles/generatedProfiles.ts";

/** What a meter measures that is the so many-th of a simulator, from now on. */
export type LoadOfUnit = (index: number) => MeteredLoad;

const MOST_W = 10_000_000;
const MOST_SEED = 2 ** 31;
const FAULT = `Give constant:W with at most ${MOST_W} W, or household:SEED.`;

/** `constant:1000` or `household:7`, as an option's value. */
export function parseLoad(text: string): LoadOfUnit {
  const startS = Date.now() / 1000;
  const [, kind, value] = /^(constant|household):(-?\d{1,10}(?:\.\d+)?)$/.exec(text) ?? [];
  const number = Number(value);
  if (kind === "constant" && Math.abs(number) <= MOST_W) return () => constantLoad(number, startS);
  if (kind !== "household" || !Number.isInteger(number) || number < 0 || number > MOST_SEED)
    throw new InvalidArgumentError(FAULT);
  return (index) => {
    const [profile] = generateProfiles(1, number + index);
    // As at this time of day, in UTC.
    const firstSlot = Math.floor(startS / SLOT_S) % SLOTS_PER_DAY;
    return meteredProfile(profile!, { startS, slotLengthS: SLOT_S, firstSlot });
  };
}
