import { InvalidArgumentError, type Command } from "commander";
import { BaseError } from "../../sdk/errors.ts";
import type { EnergyProfile } from "../neighbourhood/profiles/energyProfile.ts";

/** What `start` and `demo` have in common. */
export interface NeighbourhoodOptions {
  participants: number;
  periodSeconds: number;
  seed: number;
  profiles?: string;
}

/** A whole number within bounds, as an option's value. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    return value;
  };
}

const MOST_PARTICIPANTS = 1_000;
const LEAST_PERIOD_S = 5;
/** What the slowest of two cores needs for one participant's order, reading and settlement in a period. */
const SECONDS_PER_PARTICIPANT = 0.1;

/** Periods are too short for so many participants on a machine of two cores. */
export class PeriodTooShortError extends BaseError {
  override name = "PeriodTooShortError";

  constructor(participants: number, periodSeconds: number, leastSeconds: number) {
    super(`Periods of ${periodSeconds} s are too short for ${participants} participants.`, {
      metaMessages: [
        `Give --period-seconds ${leastSeconds} or more, or fewer participants: orders would come too late.`,
      ],
    });
  }
}

/** Adds the options of a neighbourhood. */
export function addNeighbourhoodOptions(
  command: Command,
  defaults: Omit<NeighbourhoodOptions, "profiles">,
): Command {
  return command
    .option(
      "-n, --participants <number>",
      `how many take part, 2 to ${MOST_PARTICIPANTS}`,
      wholeNumber(2, MOST_PARTICIPANTS),
      defaults.participants,
    )
    .option(
      "-s, --period-seconds <number>",
      "length of a delivery period, which stands for a quarter-hour of the profiles",
      wholeNumber(LEAST_PERIOD_S, 3_600),
      defaults.periodSeconds,
    )
    .option(
      "--seed <number>",
      "what generated profiles, forecasts and prices follow from",
      wholeNumber(0, 2 ** 32 - 1),
      defaults.seed,
    )
    .option(
      "--profiles <dir>",
      "CSV profiles instead of generated ones: hh_*.csv, pv_*_pu.csv, ev_*.csv",
    );
}

/** @throws PeriodTooShortError */
export function requireLongPeriods({ participants, periodSeconds }: NeighbourhoodOptions): void {
  const least = Math.ceil(participants * SECONDS_PER_PARTICIPANT);
  if (periodSeconds < least) throw new PeriodTooShortError(participants, periodSeconds, least);
}

/** The profiles of all participants, from files or generated. */
export async function loadProfiles(options: NeighbourhoodOptions): Promise<EnergyProfile[]> {
  const { participants, seed, profiles } = options;
  if (profiles !== undefined) {
    const { readProfiles } = await import("../neighbourhood/profiles/csvProfiles.ts");
    return readProfiles(profiles, participants, seed);
  }
  const { generateProfiles } = await import("../neighbourhood/profiles/generatedProfiles.ts");
  return generateProfiles(participants, seed);
}
