import type { NumberFormat, ValueFormat } from "./values.ts";

/** What a data identifier names. */
export interface Identifier {
  /** DI3 to DI0 as eight hex digits; `#` where any decimal digit may stand. */
  di: string;
  what: string;
  format: ValueFormat;
}

const energy = { kind: "number", bytes: 4, decimals: 2, signed: false, unit: "kWh" } as const;
const voltage = { kind: "number", bytes: 2, decimals: 1, signed: false, unit: "V" } as const;
const current = { kind: "number", bytes: 3, decimals: 3, signed: true, unit: "A" } as const;
const power = { kind: "number", bytes: 3, decimals: 4, signed: true, unit: "kW" } as const;

/** The identifiers that a meter's sample is read from. */
export const IMPORT_ENERGY = { di: "00010000", format: energy satisfies NumberFormat };
export const EXPORT_ENERGY = { di: "00020000", format: energy satisfies NumberFormat };
export const ACTIVE_POWER = { di: "02030000", format: power satisfies NumberFormat };
export const COMMUNICATION_ADDRESS = "04000401";
export const METER_NUMBER = "04000402";
export const METER_DATE = "04000101";
export const METER_TIME = "04000102";

/**
 * DL/T 645-2007 appendix A, the part that was checked against published code: WKJay/DLT645 src/dlt645_2007.c (scales),
 * bobyuxinyang/dlt645_2007 dlt645_api_07.h (00xx0000), coyool/XXOO_000 dd645_2007.c (020x0100, 02030000, 0506xxxx),
 * the README of chinawrj/esphome-component-dlt645 (02800002, 0400xxxx), EMQX Neuron's page on DL/T 645-2007 (where the
 * top bit is a sign).
 */
export const IDENTIFIERS: readonly Identifier[] = [
  { di: "0000##00", what: "combined active energy", format: { ...energy, signed: true } },
  { di: "0001##00", what: "forward active energy", format: energy },
  { di: "0002##00", what: "reverse active energy", format: energy },
  {
    di: "0000FF00",
    what: "combined active energy, total and tariffs",
    format: { ...energy, signed: true, block: true },
  },
  {
    di: "0001FF00",
    what: "forward active energy, total and tariffs",
    format: { ...energy, block: true },
  },
  {
    di: "0002FF00",
    what: "reverse active energy, total and tariffs",
    format: { ...energy, block: true },
  },
  { di: "0201##00", what: "voltage of a phase", format: voltage },
  { di: "0201FF00", what: "voltages", format: { ...voltage, block: true } },
  { di: "0202##00", what: "current of a phase", format: current },
  { di: "0202FF00", what: "currents", format: { ...current, block: true } },
  { di: "0203##00", what: "active power, total or of a phase", format: power },
  { di: "0203FF00", what: "active powers", format: { ...power, block: true } },
  {
    di: "0206##00",
    what: "power factor, total or of a phase",
    format: { kind: "number", bytes: 2, decimals: 3, signed: true, unit: "" },
  },
  {
    di: "02800002",
    what: "frequency",
    format: { kind: "number", bytes: 2, decimals: 2, signed: false, unit: "Hz" },
  },
  { di: METER_DATE, what: "date and weekday", format: { kind: "date" } },
  { di: METER_TIME, what: "time of day", format: { kind: "time" } },
  {
    di: COMMUNICATION_ADDRESS,
    what: "communication address",
    format: { kind: "digits", bytes: 6 },
  },
  { di: METER_NUMBER, what: "meter number", format: { kind: "digits", bytes: 6 } },
  { di: "05060001", what: "time of the last daily freeze", format: { kind: "dateTime" } },
  {
    di: "05060101",
    what: "forward active energy at the last daily freeze",
    format: { ...energy, block: true },
  },
  {
    di: "05060201",
    what: "reverse active energy at the last daily freeze",
    format: { ...energy, block: true },
  },
];

const PATTERNS = IDENTIFIERS.map((known) => ({
  known,
  pattern: new RegExp(`^${known.di.replaceAll("#", "\\d")}$`),
}));

/** What an identifier names; undefined where this table does not know it. */
export function findIdentifier(di: string): Identifier | undefined {
  return PATTERNS.find(({ pattern }) => pattern.test(di))?.known;
}
