import type { SettledAccount } from "../events/accountsSettled.ts";
import type { Dues, PeriodTotals } from "../events/marketEvent.ts";
import type { OpenedOrder } from "../events/ordersOpened.ts";
import type { FormedTrade } from "../events/tradesFormed.ts";
import type { Mandate } from "../mandates/mandate.ts";
import type { MarketParameters } from "../market/parameters.ts";
import { SCHEDULE_PERIODS } from "../orders/schedule.ts";
import { Differences } from "./differences.ts";

/** The grid's account number; participants follow. */
export const GRID = 1;
/** How many periods' state lies side by side on the chain; see `RING_LENGTH` in `SortedLists.sol`. */
export const RING_LENGTH = 8;
const MAX_REPUTATION = 100;
/** Day schedules are sealed no further ahead. */
const LAST_DAYS_AHEAD = 2;

/** A meter as the audit knows it. */
export interface MeterModel {
  meterId: number;
  gateway: string;
  ratedPowerW: number;
  /** Of the first binding, from which readings are expected. */
  boundIn: number;
  importWh: bigint;
  exportWh: bigint;
  /** Counted by the meter before it, to be added to its first reading. */
  carriedImportWh: bigint;
  carriedExportWh: bigint;
  /** Of the latest reading, or of the binding. */
  period: number;
  hasReading: boolean;
}

/** An account as the audit knows it. */
export interface AccountModel {
  owner: string;
  balanceNano: bigint;
  reputation: number;
  missedReadings: number;
  /** Of an account that was let go: the last period in which it takes part. */
  activeUntil: number;
  authorised: boolean;
  frozen: boolean;
  suspended: boolean;
  greenSupply: boolean;
  greenPreference: boolean;
  dues: Dues;
  meter?: MeterModel;
  mandate?: Mandate;
  mandateSpentNano: bigint;
  /** Periods for which the latest seal is an agent's. */
  sealedByAgent: Set<number>;
}

/** An opened order with what it traded. */
export interface OrderModel extends OpenedOrder {
  filledWh: bigint;
  tradeNano: bigint;
  /** A bid whose owner's means have cut a fill: it trades no more. */
  isExhausted: boolean;
}

/** A delivery period as the audit knows it. */
export interface PeriodModel {
  /** Single orders by participant. */
  seals: Map<number, string>;
  orders: Map<number, OrderModel>;
  refusedOpenings: number;
  /** As the events say; the orders hold what follows from the auction. */
  trades: FormedTrade[];
  totals: PeriodTotals;
  isCleared: boolean;
  readings: Map<number, { importWh: bigint; exportWh: bigint }>;
  refusedReadings: number;
  settled: Map<number, SettledAccount>;
  /** Set by the first settlement. */
  accountCount?: number;
  isSettled: boolean;
}

/** Rules and the first period for which they hold. */
export interface ScheduledRules {
  fromPeriod: number;
  parameters: MarketParameters;
}

/** What a market was made with. */
export interface MarketOrigin {
  chainId: bigint;
  market: string;
  genesis: number;
  periodLength: number;
  parameters: MarketParameters;
}

/** The market as it follows from its events alone. */
export class MarketModel {
  readonly origin: MarketOrigin;
  readonly differences = new Differences();
  readonly accounts = new Map<number, AccountModel>();
  readonly periods = new Map<number, PeriodModel>();
  readonly #schedules = new Map<string, { root: string; periods: bigint }>();
  readonly #rules: ScheduledRules[];
  fundNano = 0n;
  vaultNano = 0n;
  meterCount = 0;

  constructor(origin: MarketOrigin) {
    this.origin = origin;
    this.#rules = [{ fromPeriod: 0, parameters: origin.parameters }];
  }

  // ------------------------------------------------------------------ clock

  startOf(period: number): number {
    return this.origin.genesis + period * this.origin.periodLength;
  }

  periodAt(timestamp: number): number {
    const { genesis, periodLength } = this.origin;
    return timestamp < genesis ? 0 : Math.floor((timestamp - genesis) / periodLength);
  }

  parametersOf(period: number): MarketParameters {
    return this.#rules.findLast(({ fromPeriod }) => fromPeriod <= period)!.parameters;
  }

  get latestRules(): ScheduledRules {
    return this.#rules.at(-1)!;
  }

  scheduleParameters(fromPeriod: number, parameters: MarketParameters): void {
    this.#rules.push({ fromPeriod, parameters });
  }

  /** When a reading of a period is taken no more, and who has none is settled without. */
  graceEndOf(period: number): number {
    const { settlementDue, gracePeriods } = this.parametersOf(period);
    return this.startOf(period + 1) + settlementDue + gracePeriods * this.origin.periodLength;
  }

  // ------------------------------------------------------------------ accounts and periods

  openAccount(participant: number, owner: string): void {
    this.accounts.set(participant, {
      owner,
      balanceNano: 0n,
      reputation: MAX_REPUTATION,
      missedReadings: 0,
      activeUntil: 0,
      authorised: false,
      frozen: false,
      suspended: false,
      greenSupply: false,
      greenPreference: false,
      dues: { owesGridNano: 0n, owesFundNano: 0n, gridOwesNano: 0n, fundOwesNano: 0n },
      mandateSpentNano: 0n,
      sealedByAgent: new Set(),
    });
  }

  /** An account; one that no event opened is opened here, and noted. */
  account(participant: number): AccountModel {
    let account = this.accounts.get(participant);
    if (account === undefined) {
      this.differences.compare("account", "none", "used without having been opened", {
        participant,
      });
      this.openAccount(participant, "unknown");
      account = this.accounts.get(participant)!;
    }
    return account;
  }

  get grid(): AccountModel {
    return this.account(GRID);
  }

  period(period: number): PeriodModel {
    let model = this.periods.get(period);
    if (model === undefined) {
      model = {
        seals: new Map(),
        orders: new Map(),
        refusedOpenings: 0,
        trades: [],
        totals: { tradedWh: 0n, tradedNano: 0n, trades: 0 },
        isCleared: false,
        readings: new Map(),
        refusedReadings: 0,
        settled: new Map(),
        isSettled: false,
      };
      this.periods.set(period, model);
    }
    return model;
  }

  // ------------------------------------------------------------------ seals

  /** True for a period whose state the chain holds and has not finished. */
  isUnfinished(period: number): boolean {
    const book = this.periods.get(period);
    if (book === undefined || book.isSettled) return false;
    return book.orders.size + book.readings.size + book.settled.size + book.refusedOpenings !== 0;
  }

  sealSchedule(participant: number, day: number, root: string, periods: bigint): void {
    this.#schedules.set(`${participant}/${day}`, { root, periods });
  }

  /** The schedule that holds an order for a period. */
  scheduleOf(participant: number, period: number): { root: string; periods: bigint } | undefined {
    const schedule = this.#schedules.get(`${participant}/${Math.floor(period / SCHEDULE_PERIODS)}`);
    if (schedule === undefined) return undefined;
    const isCovered = (schedule.periods >> BigInt(period % SCHEDULE_PERIODS)) & 1n;
    return isCovered === 1n ? schedule : undefined;
  }

  hasSealed(participant: number, period: number): boolean {
    return (
      this.periods.get(period)?.seals.has(participant) === true ||
      this.scheduleOf(participant, period) !== undefined
    );
  }

  // ------------------------------------------------------------------ money

  /** What a participant's bids in the book may still cost; see `MarketBase._lockedNano`. */
  lockedNano(participant: number): bigint {
    let locked = 0n;
    for (const { isCleared, orders } of this.periods.values()) {
      const order = orders.get(participant);
      if (isCleared || order?.side !== "buy") continue;
      locked += BigInt(order.energyWh) * BigInt(order.priceMicroPerKwh) - order.tradeNano;
    }
    return locked;
  }

  /** What buyers have paid at clearing and sellers have not been settled for. */
  escrowNano(): bigint {
    let escrow = 0n;
    for (const { totals, settled } of this.periods.values()) {
      escrow += totals.tradedNano;
      for (const { sell, tradeNano } of settled.values()) if (sell) escrow -= tradeNano;
    }
    return escrow;
  }

  /** The last period from the next on for which an order is sealed; 0 where there is none. */
  lastSealed(participant: number, timestamp: number): number {
    const next = this.periodAt(timestamp) + 1;
    const today = Math.floor(next / SCHEDULE_PERIODS);
    for (let day = today + LAST_DAYS_AHEAD; day >= today; day--) {
      const periods = this.#schedules.get(`${participant}/${day}`)?.periods ?? 0n;
      const last = day * SCHEDULE_PERIODS + periods.toString(2).length - 1;
      if (periods !== 0n && last >= next) return last;
    }
    return this.hasSealed(participant, next) ? next : 0;
  }

  /** What an account may withdraw; see `MarketBase._freeNano`. */
  freeNano(participant: number, timestamp: number): bigint {
    const account = this.account(participant);
    const current = this.periodAt(timestamp);
    const keepsMargin =
      participant !== GRID &&
      (account.authorised ||
        (account.activeUntil !== 0 && current <= account.activeUntil + RING_LENGTH));
    const margin = keepsMargin ? this.parametersOf(current).marginNano : 0n;
    const free = account.balanceNano - this.lockedNano(participant) - margin;
    return free > 0n ? free : 0n;
  }
}
