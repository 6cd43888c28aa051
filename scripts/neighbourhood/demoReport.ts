import { balanceSheets, sumSettled, tradedNano, type BalanceSheet } from "./balanceSheets.ts";
import { formatSlot } from "./formatSlot.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { PrivateFigures, PrivateOutcome } from "./private/privateReport.ts";
import { VERBS, type ObservedPeriod, type Verb } from "./observer.ts";

/** What happened in one period, or in all of them. */
export interface DemoFigures {
  /** Orders that were opened. */
  orders: number;
  /** Orders that were sealed but did not open. */
  ordersRefused: number;
  trades: number;
  tradedWh: number;
  /** Weighted by energy, rounded down; null where nothing was traded. */
  averagePriceMicroPerKwh: number | null;
  imbalance: { shortWh: number; longWh: number };
  rewardsNano: number;
  penaltiesNano: number;
  /** For orders that were sealed and not opened. */
  chargesNano: number;
  /** Accounts that were settled without a reading. */
  readingsMissed: number;
  gas: Record<Verb, number>;
}

/** What a demo prints; docs/schemas/demo.schema.json describes it. */
export interface DemoReport {
  participants: number;
  periodSeconds: number;
  seed: number;
  profiles: string;
  fullSpeed: boolean;
  durationSeconds: number;
  periods: (DemoFigures & { period: number; profileTime: string })[];
  totals: DemoFigures & {
    /** All verbs, over all orders that were opened. */
    gasPerOrder: number | null;
    /** Parts of the run that failed and were started again. */
    restarts: number;
  };
  /** Absent where nobody traded privately. */
  private?: PrivateFigures;
  balanceSheets: BalanceSheet[];
  /** Of all balance sheets, sign left out: 0, or something is wrong. */
  residue: number;
}

/** What a run was asked for. */
export type DemoOptions = Pick<
  DemoReport,
  "participants" | "periodSeconds" | "seed" | "profiles" | "fullSpeed"
>;

/** The figures of periods together. */
export function demoFigures(periods: readonly ObservedPeriod[]): DemoFigures {
  const settled = sumSettled(periods.flatMap((period) => period.settled));
  const trades = periods.flatMap((period) => period.trades);
  const tradedWh = trades.reduce((sum, { energyWh }) => sum + energyWh, 0);
  const paidNano = periods.reduce((sum, period) => sum + tradedNano(period), 0n);
  const gas = (verb: Verb) => Number(periods.reduce((sum, period) => sum + period.gas[verb], 0n));
  return {
    orders: periods.reduce((sum, { opened }) => sum + opened.length, 0),
    ordersRefused: periods.reduce((sum, { refused }) => sum + refused, 0),
    trades: trades.length,
    tradedWh,
    averagePriceMicroPerKwh: tradedWh === 0 ? null : Number(paidNano / BigInt(tradedWh)),
    imbalance: { shortWh: Number(settled.shortWh), longWh: Number(settled.longWh) },
    rewardsNano: Number(settled.rewardsNano),
    penaltiesNano: Number(settled.penaltiesNano),
    chargesNano: Number(settled.chargesNano),
    readingsMissed: settled.unread,
    gas: Object.fromEntries(VERBS.map((verb) => [verb, gas(verb)])) as Record<Verb, number>,
  };
}

/** The report of a run whose periods are all settled. */
export async function demoReport(
  neighbourhood: Neighbourhood,
  options: DemoOptions,
  durationSeconds: number,
  outcome?: PrivateOutcome,
): Promise<DemoReport> {
  const { firstPeriod, lastPeriod, observer } = neighbourhood;
  const periods = Array.from({ length: lastPeriod - firstPeriod + 1 }, (_, i) =>
    observer.period(firstPeriod + i),
  );
  const sheets = [...(await balanceSheets(neighbourhood, periods)), ...(outcome?.sheets ?? [])];
  const totals = demoFigures(periods);
  const gas = Object.values(totals.gas).reduce((sum, value) => sum + value, 0);
  return {
    ...options,
    durationSeconds: Math.round(durationSeconds * 10) / 10,
    periods: periods.map((observed) => ({
      period: observed.period,
      profileTime: formatSlot(neighbourhood.slotOf(observed.period)),
      ...demoFigures([observed]),
    })),
    totals: {
      ...totals,
      gasPerOrder: totals.orders === 0 ? null : Math.round(gas / totals.orders),
      restarts: neighbourhood.health().parts.reduce((sum, { restarts }) => sum + restarts, 0),
    },
    ...(outcome === undefined ? {} : { private: outcome.figures }),
    balanceSheets: sheets,
    residue: sheets.reduce((sum, { residue }) => sum + Math.abs(residue), 0),
  };
}
