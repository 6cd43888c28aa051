import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { formatPrice } from "./view/format.ts";
import { demoFigures, demoReport, type DemoReport } from "./demoReport.ts";
import { formatSlot } from "./formatSlot.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import type { Disturbance } from "./private/disturbance.ts";
import type { MatchingPathName } from "./private/matchingPath.ts";
import type { PrivateOutcome } from "./private/privateReport.ts";
import type { PrivateTrade } from "./private/privateTrade.ts";
import type { EnergyProfile } from "./profiles/energyProfile.ts";

export interface RunDemoOptions {
  profiles: readonly EnergyProfile[];
  /** Where the profiles come from, for the report. */
  profilesName: string;
  periods: number;
  periodSeconds: number;
  seed: number;
  fullSpeed: boolean;
  /** How many participants trade privately, too; none unless given. */
  privateTraders?: number;
  /** How their plans are matched: under encryption unless said otherwise. */
  privateMatching?: MatchingPathName;
  /** For tests: who lies or dies among those who match. */
  disturbance?: Disturbance;
  /** Takes lines on how it goes. */
  progress: (line: string) => void;
  signal?: AbortSignal;
  hre?: HardhatRuntimeEnvironment;
  /** Called once everybody has started, for tests that disturb the run. */
  onStarted?: (neighbourhood: Neighbourhood, trade: PrivateTrade | undefined) => void;
}

/** How often a run is looked at, as a part of a period. */
const LOOK = 1 / 8;

/**
 * Runs a neighbourhood until a number of periods is settled.
 * @returns what happened, with every balance sheet
 */
export async function runDemo(options: RunDemoOptions): Promise<DemoReport> {
  try {
    return await run(options);
  } catch (error) {
    // A terminal's Ctrl-C ends the prover's process as well: what comes of that is not what went wrong.
    options.signal?.throwIfAborted();
    throw error;
  }
}

async function run(options: RunDemoOptions): Promise<DemoReport> {
  const { profiles, profilesName, periods, periodSeconds, seed, fullSpeed, progress, signal } =
    options;
  const { privateTraders = 0, privateMatching = "encrypted", disturbance = {} } = options;
  const startedMs = performance.now();
  const neighbourhood = await Neighbourhood.create({
    profiles,
    periodSeconds,
    seed,
    periods,
    fullSpeed,
    privateTraders,
    privateMatching,
    disturbance,
    log: progress,
    progress,
    ...(signal === undefined ? {} : { signal }),
    ...(options.hre === undefined ? {} : { hre: options.hre }),
  });
  let trade: PrivateTrade | undefined;
  try {
    trade = await neighbourhood.privateTrade();
    neighbourhood.start();
    options.onStarted?.(neighbourhood, trade);
    await together(signal, [
      (ended) => settlePeriods(neighbourhood, periodSeconds, progress, ended),
      ...(trade === undefined ? [] : [tradePrivately(neighbourhood, trade)]),
    ]);
    const outcome = await auditPrivately(neighbourhood, trade, progress);
    return await demoReport(
      neighbourhood,
      { participants: profiles.length, periodSeconds, seed, profiles: profilesName, fullSpeed },
      (performance.now() - startedMs) / 1000,
      outcome,
    );
  } finally {
    await trade?.close();
    await neighbourhood.stop();
  }
}

/** Waits until all periods are settled. */
async function settlePeriods(
  neighbourhood: Neighbourhood,
  periodSeconds: number,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { observer, time, firstPeriod, lastPeriod } = neighbourhood;
  const clock = time.join();
  try {
    for (let period = firstPeriod; period <= lastPeriod;) {
      await clock.until(clock.nowS() + LOOK * periodSeconds, signal);
      await observer.refresh();
      for (; period <= lastPeriod && observer.period(period).complete; ++period) {
        const figures = demoFigures([observer.period(period)]);
        progress(
          `period ${period} (${formatSlot(neighbourhood.slotOf(period))}): ${figures.orders} orders, ` +
            `${figures.trades} trades, ${figures.tradedWh} Wh at ${formatPrice(figures.averagePriceMicroPerKwh)}`,
        );
      }
    }
  } finally {
    clock.leave();
  }
}

async function auditPrivately(
  neighbourhood: Neighbourhood,
  trade: PrivateTrade | undefined,
  progress: (line: string) => void,
): Promise<PrivateOutcome | undefined> {
  if (trade === undefined) return undefined;
  progress("private market: the regulator audits");
  // Simulated time would leap on and on where nobody works, and make blocks faster than they are read.
  const clock = neighbourhood.time.join();
  try {
    // Loaded where it is wanted: proofs bring much along.
    const { privateOutcome } = await import("./private/privateReport.ts");
    return await privateOutcome(neighbourhood, trade);
  } finally {
    clock.leave();
  }
}

const tradePrivately =
  ({ time }: Neighbourhood, trade: PrivateTrade) =>
  async (signal: AbortSignal): Promise<void> => {
    const clock = time.join();
    try {
      await trade.run(clock, signal);
    } finally {
      clock.leave();
    }
  };

/** Runs parts side by side until all are done; the first that fails ends the others. */
async function together(
  signal: AbortSignal | undefined,
  parts: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const ended = AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]);
  const running = parts.map(async (part) => {
    try {
      await part(ended);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  // Also of those that were ended, so that nothing goes on where the run is taken down.
  await Promise.allSettled(running);
  await Promise.all(running);
}
