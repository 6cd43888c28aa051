import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { formatPrice } from "./view/format.ts";
import { demoFigures, demoReport, formatSlot, type DemoReport } from "./demoReport.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import type { EnergyProfile } from "./profiles/energyProfile.ts";

export interface RunDemoOptions {
  profiles: readonly EnergyProfile[];
  /** Where the profiles come from, for the report. */
  profilesName: string;
  periods: number;
  periodSeconds: number;
  seed: number;
  fullSpeed: boolean;
  /** Takes lines on how it goes. */
  progress: (line: string) => void;
  signal?: AbortSignal;
  hre?: HardhatRuntimeEnvironment;
  /** Called once everybody has started, for tests that disturb the run. */
  onStarted?: (neighbourhood: Neighbourhood) => void;
}

/** How often a run is looked at, as a part of a period. */
const LOOK = 1 / 8;

/**
 * Runs a neighbourhood until a number of periods is settled.
 * @returns what happened, with every balance sheet
 */
export async function runDemo(options: RunDemoOptions): Promise<DemoReport> {
  const { profiles, profilesName, periods, periodSeconds, seed, fullSpeed, progress, signal } =
    options;
  const startedMs = performance.now();
  const neighbourhood = await Neighbourhood.create({
    profiles,
    periodSeconds,
    seed,
    periods,
    fullSpeed,
    log: progress,
    progress,
    ...(signal === undefined ? {} : { signal }),
    ...(options.hre === undefined ? {} : { hre: options.hre }),
  });
  try {
    const { observer, time, firstPeriod, lastPeriod } = neighbourhood;
    const clock = time.join();
    neighbourhood.start();
    options.onStarted?.(neighbourhood);
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
    return await demoReport(
      neighbourhood,
      { participants: profiles.length, periodSeconds, seed, profiles: profilesName, fullSpeed },
      (performance.now() - startedMs) / 1000,
    );
  } finally {
    await neighbourhood.stop();
  }
}
