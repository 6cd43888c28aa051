import { ENERGIES, QUANTITIES } from "../../profiles/deviceProfile.ts";
import type { YamlValue } from "../../yaml/yamlValue.ts";

type Parameter<T> = (value: YamlValue | undefined) => T;

const MOST_MS = 600_000;
const MOST_WH = Number.MAX_SAFE_INTEGER;

function whole(fallback: number, least: number, most: number, unit = ""): Parameter<number> {
  return (value) => value?.wholeNumber(least, most, unit) ?? fallback;
}

function energyWh(fallback: number): Parameter<bigint> {
  return (value) => BigInt(value?.wholeNumber(0, MOST_WH, "Wh") ?? fallback);
}

function optional<T>(read: (value: YamlValue) => T): Parameter<T | undefined> {
  return (value) => value && read(value);
}

/** A Modbus unit or a DL/T 645 address. */
export function readUnit(value: YamlValue): string {
  return value
    .digits(
      /^(\d{1,3}|[0-9A-Fa-f]{12})$/,
      "a Modbus unit, or the twelve digits of a DL/T 645 address in quotes",
    )
    .toUpperCase();
}

const none = {};
const energies = { quantity: optional((value) => value.choice(ENERGIES, "energies")) };
const quantities = { quantity: optional((value) => value.choice(QUANTITIES, "quantities")) };

/**
 * All faults with their parameters. What a fault does is said in docs/schemas/faults.schema.json; a test holds the two
 * together.
 */
export const FAULT_PARAMETERS = {
  silent: none,
  late: { delayMs: whole(1_500, 1, MOST_MS, "ms") },
  duplicate: { copies: whole(1, 1, 10), gapMs: whole(0, 0, MOST_MS, "ms") },
  badCrc: none,
  noise: {
    bytes: whole(8, 1, 1024),
    place: (value: YamlValue | undefined) =>
      value?.choice(["before", "after"], "places") ?? "before",
  },
  split: { bytes: whole(1, 1, 256), gapMs: whole(5, 0, MOST_MS, "ms") },
  slow: { delayMs: whole(0, 0, MOST_MS, "ms"), bytesPerSecond: whole(100, 1, 1_000_000) },
  echo: none,
  wrongUnit: { answersAs: optional(readUnit) },
  exception: { code: whole(4, 1, 255) },
  writeRefused: { code: whole(4, 1, 255) },
  resetMidReply: { afterBytes: whole(8, 0, 255) },
  halfOpen: none,
  refuseConnect: none,
  zeroOnce: energies,
  rollback: { energyWh: energyWh(1_000), ...energies },
  replaced: {
    serialNumber: optional((value) => value.digits(/^[0-9A-Za-z]{1,20}$/, "up to 20 digits")),
    importWh: energyWh(0),
    exportWh: energyWh(0),
  },
  wrap: {
    beforeWh: energyWh(100),
    rangeWh: optional((value) => BigInt(value.wholeNumber(1, MOST_WH, "Wh"))),
    ...energies,
  },
  stuck: energies,
  nan: quantities,
  ffff: quantities,
  absent: quantities,
  nonBcd: quantities,
} satisfies Record<string, Record<string, Parameter<unknown>>>;

export type FaultName = keyof typeof FAULT_PARAMETERS;
export const FAULT_NAMES = Object.keys(FAULT_PARAMETERS) as FaultName[];

/** When a fault is, and for which unit; by default always and for all. */
export interface FaultTiming {
  unit: string | undefined;
  /** Requests that go well before it. */
  afterRequests: number | undefined;
  /** Seconds of the simulator's clock since its start. */
  afterSeconds: number | undefined;
  /** Requests that it hits at most. */
  forRequests: number | undefined;
  /** Seconds from its beginning to its end. */
  forSeconds: number | undefined;
  /** The chance of each request in its time to be hit, 0 to 1. */
  chance: number | undefined;
}

/** A fault with all its parameters, as the file gives them or by default. */
export type Fault<Name extends FaultName = FaultName> = {
  [N in Name]: { fault: N } & {
    [P in keyof (typeof FAULT_PARAMETERS)[N]]: (typeof FAULT_PARAMETERS)[N][P] extends Parameter<
      infer T
    >
      ? T
      : never;
  };
}[Name];

/** One entry of a fault file. */
export type PlannedFault<Name extends FaultName = FaultName> = Fault<Name> &
  FaultTiming & {
    /** Where it was written, for messages: `faults.yaml, line 3`. */
    where: string;
  };
