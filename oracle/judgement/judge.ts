import type { MeterSample } from "../meters/meter.ts";

/** The rule that a suspicious value broke. */
export type SuspicionCode =
  "serial-changed" | "zero" | "wrap-around" | "backwards" | "beyond-rated-power" | "stuck";

/** A meter's two counters. */
export interface Counters {
  importWh: bigint;
  exportWh: bigint;
}

/** What is known of a meter when a sample of it is judged. Counters are as published: with their offset. */
export interface JudgementContext {
  /** The last sample that was believed; the binding's registers before the first. */
  lastSample: Counters & { atS: number };
  /** What the chain has counted up to, or will when all that is stored is delivered. */
  lastReading: Counters & { period: number };
  /** When the sample was taken. Unix seconds, of a clock that is trusted. */
  atS: number;
  /** The period whose end the sample is to be the reading of; undefined for a sample in between. */
  period: number | undefined;
  /** Seconds of a delivery period. */
  periodLengthS: number;
  /** True where no reading of this binding counts yet: the rest of the period of the binding counts too. */
  isFirst: boolean;
  ratedPowerW: number;
  /** What is added to the device's own counters. */
  offset: Counters;
  /** The serial number that the device must have; undefined where it need not tell one. */
  serialNumber: string | undefined;
  /** Where the device's counters begin again at 0, if that is known. */
  counterWrapWh: bigint | undefined;
  /** The least by which the device's counters move. */
  resolutionWh: number;
  /** What has flowed since the last movement of the counter that it should have moved, by the device's own power. */
  unmoved: { importWh: number; exportWh: number };
}

/** What an operator can do about a suspicious value. */
export type Suggestion = "as-read" | "wrap-around" | "rebind";

export type Verdict =
  | ({
      kind: "accept";
      /**
       * A counter that moves in large steps has shown more than the market takes for the period. It is believed, and is a
       * reading when another period has made room for the step.
       */
      isAhead?: true;
    } & Counters)
  | {
      kind: "suspect";
      code: SuspicionCode;
      /** In plain words, with the values. */
      explanation: string;
      suggestion: Suggestion;
      /** The counters as they would be published, were the value released. */
      published: Counters;
    };

/** The most that the market takes for the energy of one period, as `MAX_ENERGY_WH` of the contracts. */
const MAX_ENERGY_WH = 2n ** 28n - 1n;
/** What counters can hold on the chain. */
const MAX_COUNTER_WH = 2n ** 48n - 1n;
/** How long a meter may take to answer: its counter goes on meanwhile. */
const READ_TIME_S = 10;
/** Below this a counter that does not move proves nothing. */
const LEAST_UNMOVED_WH = 200;
const UNMOVED_STEPS = 20;

const COUNTERS = ["importWh", "exportWh"] as const;
const NAMES = { importWh: "import", exportWh: "export" };

/**
 * Judges a sample before anything is signed. What is not plausible is never settled silently: it is quarantined, with
 * its evidence, until an operator decides.
 */
export function judge(sample: MeterSample, context: JudgementContext): Verdict {
  const { offset } = context;
  const published = {
    importWh: sample.importWh + offset.importWh,
    exportWh: sample.exportWh + offset.exportWh,
  };
  const suspicion =
    judgeSerial(sample, context) ??
    judgeFall(sample, published, context) ??
    judgeRise(published, context) ??
    judgeStuck(published, context);
  if (suspicion === undefined)
    return { kind: "accept", ...published, ...(isAhead(published, context) && { isAhead: true }) };
  return { kind: "suspect", published, ...suspicion };
}

type Suspicion = Omit<Extract<Verdict, { kind: "suspect" }>, "kind" | "published"> & {
  published?: Counters;
};

function judgeSerial(sample: MeterSample, context: JudgementContext): Suspicion | undefined {
  const { serialNumber: expected } = context;
  if (expected === undefined || sample.serialNumber === undefined) return undefined;
  if (normalise(sample.serialNumber) === normalise(expected)) return undefined;
  return {
    code: "serial-changed",
    explanation: `the device tells the serial number ${sample.serialNumber} where ${expected} is bound`,
    suggestion: "rebind",
  };
}

/** Leading zeros and case are a matter of how a number is printed. */
function normalise(serial: string): string {
  return serial
    .trim()
    .toLowerCase()
    .replace(/^0+(?=.)/, "");
}

function judgeFall(
  sample: MeterSample,
  published: Counters,
  { lastSample, lastReading, counterWrapWh, ...context }: JudgementContext,
): Suspicion | undefined {
  const before = {
    importWh: larger(lastSample.importWh, lastReading.importWh),
    exportWh: larger(lastSample.exportWh, lastReading.exportWh),
  };
  const fallen = COUNTERS.filter((name) => published[name] < before[name]);
  const [first] = fallen;
  if (first === undefined) return undefined;
  const fell = `the ${NAMES[first]} counter fell from ${before[first]} Wh to ${published[first]} Wh`;
  if (fallen.some((name) => sample[name] === 0n)) {
    return { code: "zero", explanation: `${fell}: it reads zero`, suggestion: "rebind" };
  }
  if (counterWrapWh !== undefined) {
    const wrapped = { ...published };
    for (const name of fallen) wrapped[name] += counterWrapWh;
    const isPlausible =
      fallen.every((name) => wrapped[name] >= before[name]) &&
      judgeRise(wrapped, { ...context, lastSample, lastReading }) === undefined;
    if (isPlausible) {
      return {
        code: "wrap-around",
        explanation: `${fell}: it may have begun anew after ${counterWrapWh} Wh`,
        suggestion: "wrap-around",
        published: wrapped,
      };
    }
  }
  return { code: "backwards", explanation: fell, suggestion: "rebind" };
}

type RiseContext = Pick<
  JudgementContext,
  | "lastSample"
  | "lastReading"
  | "atS"
  | "period"
  | "periodLengthS"
  | "isFirst"
  | "ratedPowerW"
  | "resolutionWh"
>;

/** The bound that the chain has for a reading, and the same for the time since the last sample. */
function judgeRise(published: Counters, context: RiseContext): Suspicion | undefined {
  const { lastSample, lastReading, atS, ratedPowerW } = context;
  // A counter that moves in large steps shows the whole of a step at once.
  const stepWh = BigInt(context.resolutionWh);
  const seconds = BigInt(Math.ceil(Math.max(0, atS - lastSample.atS)) + READ_TIME_S);
  const mostSinceSample = (BigInt(ratedPowerW) * seconds) / 3600n + stepWh;
  for (const name of COUNTERS) {
    if (published[name] > MAX_COUNTER_WH) {
      return tooMuch(`the ${NAMES[name]} counter of ${published[name]} Wh is beyond 2^48`);
    }
    const risen = published[name] - lastSample[name];
    if (risen > mostSinceSample) {
      return tooMuch(
        `the ${NAMES[name]} counter rose by ${risen} Wh in ${seconds} s, and ${ratedPowerW} W make at most ${mostSinceSample} Wh`,
      );
    }
  }
  const bound = boundOf(context);
  if (bound === undefined) return undefined;
  const { periods, mostWh } = bound;
  for (const name of COUNTERS) {
    const risen = published[name] - lastReading[name];
    // The chain's bound has room for a step of 1 Wh.
    if (risen > mostWh + stepWh - 1n) {
      return tooMuch(
        `the ${NAMES[name]} counter rose by ${risen} Wh in ${periods} periods, and the market takes at most ${mostWh} Wh`,
      );
    }
  }
  return undefined;
}

/** The most that the chain takes for a reading; undefined for a sample in between. */
function boundOf({
  lastReading,
  period,
  periodLengthS,
  isFirst,
  ratedPowerW,
}: RiseContext): { periods: bigint; mostWh: bigint } | undefined {
  if (period === undefined) return undefined;
  const periods = BigInt(period - lastReading.period + (isFirst ? 1 : 0));
  const boundWh = (BigInt(ratedPowerW) * periods * BigInt(periodLengthS)) / 3600n + 1n;
  return { periods, mostWh: boundWh < MAX_ENERGY_WH ? boundWh : MAX_ENERGY_WH };
}

function isAhead(published: Counters, context: RiseContext): boolean {
  const bound = boundOf(context);
  if (bound === undefined) return false;
  return COUNTERS.some((name) => published[name] - context.lastReading[name] > bound.mostWh);
}

const tooMuch = (explanation: string): Suspicion => ({
  code: "beyond-rated-power",
  explanation,
  suggestion: "as-read",
});

function judgeStuck(
  published: Counters,
  { lastSample, unmoved, resolutionWh }: JudgementContext,
): Suspicion | undefined {
  const mostWh = Math.max(LEAST_UNMOVED_WH, UNMOVED_STEPS * resolutionWh);
  for (const name of COUNTERS) {
    if (published[name] !== lastSample[name] || unmoved[name] <= mostWh) continue;
    return {
      code: "stuck",
      explanation: `the ${NAMES[name]} counter stands at ${published[name]} Wh while ${Math.round(unmoved[name])} Wh have flowed by the device's own power`,
      suggestion: "rebind",
    };
  }
  return undefined;
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b);
