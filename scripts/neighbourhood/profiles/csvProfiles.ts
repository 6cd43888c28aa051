import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BaseError, showValue } from "../../../sdk/errors.ts";
import { seededRandom } from "../../../sdk/seededRandom.ts";
import { netOf, SLOT_S, SLOTS_PER_DAY, type EnergyProfile } from "./energyProfile.ts";

/** A profile's file, or the folder of them, is missing or malformed. */
export class ProfileFileError extends BaseError {
  override name = "ProfileFileError";
}

/** One value a quarter-hour. */
type Series = number[];

interface Column {
  name: string;
  least: number;
  most: number;
}

/** What the columns of a kind of file must be; further columns are passed over. */
const HOUSEHOLD: readonly Column[] = [{ name: "power", least: 0, most: 1_000_000 }];
const SOLAR: readonly Column[] = [{ name: "power", least: 0, most: 1.5 }];
const CAR: readonly Column[] = [
  { name: "availability", least: 0, most: 1 },
  { name: "distance_driven", least: 0, most: 2_000 },
];

const KWH_PER_KM = 0.18;
const CHARGER_W = 11_000;
const CONNECTION_W = 30_000;

/**
 * The profiles of a folder: `hh_*.csv` (timestamp, power in W) for each household in turn, every second with a plant of
 * `pv_*_pu.csv` (timestamp, power per unit of its rated power), every fifth with a car of `ev_*.csv` (timestamp,
 * availability, distance_driven in km). More participants than households use the files again, from another day on.
 * @throws ProfileFileError with the file and the line
 */
export async function readProfiles(
  folder: string,
  count: number,
  seed: number,
): Promise<EnergyProfile[]> {
  const names = await listFolder(folder);
  const read = (pattern: RegExp, columns: readonly Column[]) =>
    Promise.all(
      names.filter((name) => pattern.test(name)).map((name) => readSeries(folder, name, columns)),
    );
  const households = await read(/^hh_.*\.csv$/, HOUSEHOLD);
  if (households.length === 0) {
    throw new ProfileFileError(`The folder ${showValue(folder)} has no hh_*.csv.`, {
      metaMessages: ["Name a folder with at least one household profile."],
    });
  }
  const plants = await read(/^pv_.*_pu\.csv$/, SOLAR);
  const cars = await read(/^ev_.*\.csv$/, CAR);
  return Array.from({ length: count }, (_, index) => {
    const size = seededRandom(seed, `size ${index}`);
    const solarW = 4_000 + 6_000 * size.uniform();
    const again = Math.floor(index / households.length);
    const [loadW] = households[index % households.length]!;
    const plant = index % 2 === 0 ? plants[(index >> 1) % plants.length]?.[0] : undefined;
    const car = index % 5 === 4 ? cars[Math.floor(index / 5) % cars.length] : undefined;
    const chargingW = car === undefined ? undefined : chargingOf(car[0]!, car[1]!);
    const at = (series: Series | undefined, slot: number) =>
      series === undefined ? 0 : series[(slot + again * SLOTS_PER_DAY) % series.length]!;
    const parts = [
      "household",
      ...(plant === undefined ? [] : ["solar"]),
      ...(car === undefined ? [] : ["car"]),
    ];
    const [first, ...rest] = parts;
    return {
      description: rest.length === 0 ? first! : `${first!} with ${rest.join(" and ")}`,
      energyType: plant === undefined ? "none" : "solar",
      ratedPowerW: CONNECTION_W,
      slot: (slot) =>
        netOf(
          ((at(loadW, slot) + at(chargingW, slot)) * SLOT_S) / 3600,
          (solarW * at(plant, slot) * SLOT_S) / 3600,
        ),
    } satisfies EnergyProfile;
  });
}

/** Charges what was driven as soon as the car is there. */
function chargingOf(availability: Series, distanceKm: Series): Series {
  let owedWh = 0;
  return availability.map((available, slot) => {
    owedWh += distanceKm[slot]! * KWH_PER_KM * 1000;
    const energyWh = Math.min(owedWh, (available * CHARGER_W * SLOT_S) / 3600);
    owedWh -= energyWh;
    return (energyWh * 3600) / SLOT_S;
  });
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ProfileFileError(`The folder ${showValue(folder)} cannot be read.`, {
      metaMessages: [
        code === "ENOENT"
          ? "There is no such folder: correct the path."
          : code === "ENOTDIR"
            ? "It is a file: name the folder."
            : "Check its permissions.",
      ],
      cause: error,
    });
  }
}

async function readSeries(
  folder: string,
  name: string,
  columns: readonly Column[],
): Promise<Series[]> {
  const path = join(folder, name);
  const fail = (line: number, what: string, remedy: string): never => {
    throw new ProfileFileError(`${path}, line ${line}: ${what}.`, { metaMessages: [remedy] });
  };
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ProfileFileError(`The file ${showValue(path)} cannot be read.`, {
      metaMessages: ["Check its permissions."],
      cause: error,
    });
  });
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const header = (lines[0] ?? "").split(",").map((cell) => cell.trim());
  const wanted = ["timestamp", ...columns.map(({ name: column }) => column)];
  const places = wanted.map((column) => header.indexOf(column));
  const missing = wanted[places.indexOf(-1)];
  if (missing !== undefined)
    fail(1, `there is no column ${showValue(missing)}`, `Begin with ${wanted.join(",")}.`);
  if (lines.length < 2) fail(1, "no data follows", "Add a line for each quarter-hour.");

  const series: Series[] = columns.map(() => []);
  let before: number | undefined;
  for (const [index, line] of lines.slice(1).entries()) {
    const number = index + 2;
    const cells = line.split(",");
    if (cells.length !== header.length)
      fail(number, `${cells.length} values where the header has ${header.length}`, "Correct it.");
    const [timestamp, ...values] = places.map((place) => toNumber(cells[place]!));
    if (timestamp === undefined)
      return fail(number, `${showValue(cells[places[0]!])} is no timestamp`, "Give unix seconds.");
    if (before !== undefined && timestamp !== before + SLOT_S)
      fail(
        number,
        `timestamp ${timestamp} does not follow ${before} by ${SLOT_S} s`,
        "Give every quarter-hour once, in order.",
      );
    before = timestamp;
    columns.forEach(({ name: column, least, most }, i) => {
      const value = values[i];
      if (value === undefined || value < least || value > most)
        fail(
          number,
          `${column} is ${showValue(cells[places[i + 1]!])}`,
          `Give a number from ${least} to ${most}.`,
        );
      else series[i]!.push(value);
    });
  }
  return series;
}

function toNumber(cell: string): number | undefined {
  const text = cell.trim();
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? undefined : value;
}
