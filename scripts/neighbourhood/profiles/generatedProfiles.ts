import type { EnergyType } from "../../../sdk/clients/participantClient.ts";
import { seededRandom, type RandomSource } from "../../../sdk/seededRandom.ts";
import { netOf, SLOTS_PER_DAY, type EnergyProfile } from "./energyProfile.ts";

/** Mean power of each quarter-hour of a day in W. */
type DayShape = number[];

const HOURS_PER_SLOT = 24 / SLOTS_PER_DAY;
const hourOf = (slot: number) => (slot + 0.5) * HOURS_PER_SLOT;
const bell = (hour: number, center: number, width: number) =>
  Math.exp(-(((hour - center) / width) ** 2) / 2);
const between = (random: RandomSource, low: number, high: number) =>
  low + (high - low) * random.uniform();
const shape = (powerW: (hour: number) => number): DayShape =>
  Array.from({ length: SLOTS_PER_DAY }, (_, slot) => powerW(hourOf(slot)));

/** A household: a base load, a peak at breakfast, a small one at noon, the largest in the evening. */
function householdShape(random: RandomSource): DayShape {
  const size = between(random, 0.6, 1.6);
  const morning = between(random, 6.5, 8);
  const evening = between(random, 18, 20.5);
  const home = between(random, 0, 1);
  return shape((hour) => {
    const noise = Math.exp(0.25 * random.normal());
    return (
      size *
      noise *
      (130 +
        420 * bell(hour, morning, 0.9) +
        (120 + 250 * home) * bell(hour, 12.5, 1.5) +
        700 * bell(hour, evening, 1.8))
    );
  });
}

/** A heat pump of a well insulated house, at its most on a cold morning. */
function heatPumpShape(random: RandomSource): DayShape {
  const ratedW = between(random, 1_200, 2_200);
  return shape((hour) => ratedW * (0.35 + 0.45 * bell(hour, 6.5, 2.5) + 0.3 * bell(hour, 21, 2)));
}

/** An electric car: plugged in when its driver comes home, charged until the day's way is made good. */
function carShape(random: RandomSource): DayShape {
  const chargerW = [3_700, 7_400, 11_000][Math.floor(3 * random.uniform())]!;
  const home = 17.5 + 1.5 * random.normal();
  let leftWh = Math.max(2_000, 180 * (35 + 20 * random.normal()));
  const day = shape(() => 0);
  for (let slot = Math.max(0, Math.round(home * 4)); slot < SLOTS_PER_DAY && leftWh > 0; ++slot) {
    const energyWh = Math.min(leftWh, chargerW / 4);
    day[slot] = energyWh * 4;
    leftWh -= energyWh;
  }
  return day;
}

/** Sun over a day in early spring, per unit, without clouds. */
const sun = (hour: number) => Math.max(0, Math.sin((Math.PI * (hour - 6.3)) / 11.9)) ** 1.3;

/**
 * Photovoltaics: the sun behind clouds that pass over the whole neighbourhood, and small ones that pass over one roof.
 * @param clouds transparency of each quarter-hour
 */
function solarShape(random: RandomSource, ratedW: number, clouds: readonly number[]): DayShape {
  const facing = between(random, -0.8, 0.8);
  return shape((hour) => {
    const slot = Math.floor(hour / HOURS_PER_SLOT);
    return ratedW * 0.85 * sun(hour + facing) * clouds[slot]! * between(random, 0.92, 1);
  });
}

function cloudsOf(random: RandomSource): number[] {
  let state = random.normal();
  return Array.from({ length: SLOTS_PER_DAY }, () => {
    state = 0.94 * state + Math.sqrt(1 - 0.94 ** 2) * random.normal();
    return Math.min(1, Math.max(0.15, 0.72 + 0.25 * state));
  });
}

/** A small turbine: wind speed as a slow random walk, power with its cube between cut-in and rated speed. */
function windShape(random: RandomSource, ratedW: number): DayShape {
  let state = random.normal();
  return shape(() => {
    state = 0.97 * state + Math.sqrt(1 - 0.97 ** 2) * random.normal();
    const speedMps = Math.max(0, 7 + 2.2 * state);
    return speedMps < 3 ? 0 : ratedW * Math.min(1, (speedMps / 11) ** 3);
  });
}

/** A workshop or a shop: machines and lights between two hours, a little at night. */
function businessShape(random: RandomSource, ratedW: number, from: number, to: number): DayShape {
  return shape((hour) => {
    const noise = Math.exp(0.15 * random.normal());
    return ratedW * noise * (hour >= from && hour < to ? 1 : 0.08);
  });
}

/** A small cogeneration unit, run while people are up. */
const cogenerationShape = (ratedW: number): DayShape =>
  shape((hour) => (hour >= 6 && hour < 22 ? ratedW : 0));

/** What stands behind a meter. */
interface Kind {
  description: string;
  energyType: EnergyType;
  has: ("home" | "heatPump" | "car" | "workshop" | "shop" | "solar" | "wind" | "cogeneration")[];
}

/** A neighbourhood in ten connections; larger ones repeat it with other numbers. */
const KINDS: readonly Kind[] = [
  { description: "household with solar", energyType: "solar", has: ["home", "solar"] },
  { description: "household", energyType: "none", has: ["home"] },
  { description: "workshop", energyType: "none", has: ["workshop"] },
  { description: "small wind turbine", energyType: "wind", has: ["wind"] },
  {
    description: "household with solar and car",
    energyType: "solar",
    has: ["home", "solar", "car"],
  },
  { description: "household with car", energyType: "none", has: ["home", "car"] },
  { description: "cogeneration", energyType: "controllable", has: ["cogeneration"] },
  { description: "shop", energyType: "none", has: ["shop"] },
  { description: "household with heat pump", energyType: "none", has: ["home", "heatPump"] },
  { description: "household with solar", energyType: "solar", has: ["home", "solar"] },
];

/** Three phases at 43 A: more than anything above draws or feeds in at once. */
const CONNECTION_W = 30_000;

/** Profiles of a neighbourhood that one seed determines, each day different. */
export function generateProfiles(count: number, seed: number): EnergyProfile[] {
  const clouds = new Map<number, number[]>();
  const cloudsOfDay = (day: number) => {
    const known = clouds.get(day) ?? cloudsOf(seededRandom(seed, `clouds ${day}`));
    clouds.set(day, known);
    return known;
  };
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length]!;
    const size = seededRandom(seed, `size ${index}`);
    const solarW = between(size, 3_000, 7_000);
    const turbineW = between(size, 2_500, 6_000);
    const businessW = between(size, 3_000, 7_000);
    const cogenerationW = between(size, 1_500, 3_500);
    const days = new Map<number, { loadW: DayShape; generationW: DayShape }>();
    const dayOf = (day: number) => {
      const known = days.get(day);
      if (known !== undefined) return known;
      const random = (what: string) => seededRandom(seed, `${what} ${index} day ${day}`);
      const sum = (shapes: readonly DayShape[]) =>
        Array.from({ length: SLOTS_PER_DAY }, (_slot, slot) =>
          shapes.reduce((total, one) => total + one[slot]!, 0),
        );
      const made = {
        loadW: sum([
          ...(kind.has.includes("home") ? [householdShape(random("home"))] : []),
          ...(kind.has.includes("heatPump") ? [heatPumpShape(random("heat pump"))] : []),
          ...(kind.has.includes("workshop")
            ? [businessShape(random("workshop"), businessW, 7, 17)]
            : []),
          ...(kind.has.includes("shop")
            ? [businessShape(random("shop"), businessW / 2, 8.5, 20)]
            : []),
          ...(kind.has.includes("car") ? [carShape(random("car"))] : []),
        ]),
        generationW: sum([
          ...(kind.has.includes("solar")
            ? [solarShape(random("solar"), solarW, cloudsOfDay(day))]
            : []),
          ...(kind.has.includes("wind") ? [windShape(random("wind"), turbineW)] : []),
          ...(kind.has.includes("cogeneration") ? [cogenerationShape(cogenerationW)] : []),
        ]),
      };
      days.set(day, made);
      return made;
    };
    return {
      description: kind.description,
      energyType: kind.energyType,
      ratedPowerW: CONNECTION_W,
      slot(slot) {
        const { loadW, generationW } = dayOf(Math.floor(slot / SLOTS_PER_DAY));
        const at = slot % SLOTS_PER_DAY;
        return netOf(loadW[at]! / 4, generationW[at]! / 4);
      },
    };
  });
}
