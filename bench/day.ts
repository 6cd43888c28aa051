import { generateProfiles } from "../scripts/neighbourhood/profiles/generatedProfiles.ts";
import { SLOT_S } from "../scripts/neighbourhood/profiles/energyProfile.ts";
import { runDemo } from "../scripts/neighbourhood/runDemo.ts";
import type { Bench } from "./types.ts";

const PARTICIPANTS = 12;
const PERIODS = 96;
const SEED = 7;

/** A full day of a small neighbourhood on the embedded chain, at full speed: everything but the waiting. */
export const run: Bench = async (progress) => {
  const { durationSeconds, totals, residue } = await runDemo({
    profiles: generateProfiles(PARTICIPANTS, SEED),
    profilesName: "generated",
    periods: PERIODS,
    periodSeconds: SLOT_S,
    seed: SEED,
    fullSpeed: true,
    progress,
  });
  return [
    {
      title: "A day at full speed",
      rows: [
        {
          participants: PARTICIPANTS,
          periods: PERIODS,
          durationS: durationSeconds,
          orders: totals.orders,
          trades: totals.trades,
          gasPerOrder: totals.gasPerOrder,
          residue,
        },
      ],
      notes: [
        "Chain, meters over TCP, gateway, agents and operator in one process, setting up included. A third of the " +
          "participants seal day schedules, a third single orders, a third through an agent under a mandate.",
      ],
    },
  ];
};
