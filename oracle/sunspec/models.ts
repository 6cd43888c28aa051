import type { Exact } from "../modbus/exact.ts";

/** Where a model keeps what a sample needs, in registers from the model's ID on. */
export interface EnergyModel {
  /** Registers from the ID to the last scale factor, which are read in one request. */
  words: number;
  power: number;
  powerScale: number;
  /** Drawn from the grid. An inverter has none. */
  import: number | undefined;
  importName: string;
  /** Fed into the grid. */
  export: number;
  exportName: string;
  energyScale: number;
  /** Whether positive power is drawn from the grid or fed into it. */
  powerSign: 1 | -1;
}

const METER: EnergyModel = {
  words: 55,
  power: 18,
  powerScale: 22,
  import: 46,
  importName: "TotWhImp",
  export: 38,
  exportName: "TotWhExp",
  energyScale: 54,
  powerSign: 1,
};

/** After sunspec/models@7abdf8982d53 json/model_{103,201,202,203,204}.json, Apache-2.0. */
export const ENERGY_MODELS: Record<number, EnergyModel> = {
  201: METER,
  202: METER,
  203: METER,
  204: METER,
  103: {
    words: 27,
    power: 14,
    powerScale: 15,
    import: undefined,
    importName: "",
    export: 24,
    exportName: "WH",
    energyScale: 26,
    powerSign: -1,
  },
};

/** Model 1: texts of 16 registers, after json/model_1.json. */
export const COMMON_MODEL = 1;
export const TEXT_WORDS = 16;
export const COMMON_OFFSETS = { manufacturer: 2, model: 18, serialNumber: 50 } as const;

/** "Not implemented" of int16 and of scale factors. */
const ABSENT_INT16 = -0x8000;
const MOST_SCALE = 10;

/** The decimal exponent of a scale factor; undefined where there is none. */
export function scaleOf(raw: number): number | undefined {
  return raw === ABSENT_INT16 || Math.abs(raw) > MOST_SCALE ? undefined : raw;
}

/** True where a value of type int16 is not implemented. */
export function isAbsentInt16(raw: number): boolean {
  return raw === ABSENT_INT16;
}

/** A raw value times a power of ten, exact. */
export function scaled(raw: bigint, scale: number): Exact {
  return scale < 0
    ? { numerator: raw, denominator: 10n ** BigInt(-scale) }
    : { numerator: raw * 10n ** BigInt(scale), denominator: 1n };
}
