import type { Dues } from "../events/marketEvent.ts";
import type { MarketParameters } from "../market/parameters.ts";
import { periodPrice } from "../settlement/balancing.ts";
import { Differences, type Difference } from "./differences.ts";
import type { MarketModel, ScheduledRules } from "./marketModel.ts";

/** One account as the chain has it. */
export interface AccountState {
  owner: string;
  balanceNano: bigint;
  lockedNano: bigint;
  reputation: number;
  missedReadings: number;
  activeUntil: number;
  authorised: boolean;
  metered: boolean;
  frozen: boolean;
  suspended: boolean;
  greenSupply: boolean;
  greenPreference: boolean;
  dues: Dues;
  importWh: bigint;
  exportWh: bigint;
  meterPeriod: number;
  gateway: string;
  /** Who may seal for it; the zero address where nobody may. */
  agent: string;
  mandateSpentNano: bigint;
}

/** One of the latest periods as the chain has it. */
export interface PeriodState {
  period: number;
  openedCount: number;
  settledCount: number;
  tradedWh: bigint;
  tradedNano: bigint;
  trades: number;
  averagePriceMicroPerKwhDown: bigint;
}

/** A market's state at the block up to which it is audited. */
export interface ChainState {
  /** By account number, from 1. */
  accounts: ReadonlyMap<number, AccountState>;
  /** The latest rules, and the period from which they hold. */
  rules: ScheduledRules;
  totalDues: Dues;
  fundNano: bigint;
  vaultNano: bigint;
  /** The market's balance of the settlement token, in nano-currency, rounded down. */
  tokenNano: bigint;
  /** The periods that the chain still holds. */
  periods: readonly PeriodState[];
}

const ZERO_ADDRESS = `0x${"0".repeat(40)}`;
const NO_METER = { importWh: 0n, exportWh: 0n, period: 0, gateway: ZERO_ADDRESS };
const DUES_KEYS = ["owesGridNano", "owesFundNano", "gridOwesNano", "fundOwesNano"] as const;

/** Compares what follows from the events with what the chain holds. Pure. */
export function compareState(model: MarketModel, state: ChainState): Difference[] {
  const differences = new Differences();
  differences.compare("accountCount", model.accounts.size, state.accounts.size);
  const totalDues = { owesGridNano: 0n, owesFundNano: 0n, gridOwesNano: 0n, fundOwesNano: 0n };
  let heldNano = model.fundNano;
  for (const [participant, account] of model.accounts) {
    heldNano += account.balanceNano;
    for (const key of DUES_KEYS) totalDues[key] += account.dues[key];
    const found = state.accounts.get(participant);
    if (found === undefined) continue;
    const meter = account.meter ?? NO_METER;
    const expected: AccountState = {
      owner: account.owner,
      balanceNano: account.balanceNano,
      lockedNano: model.lockedNano(participant),
      reputation: account.reputation,
      missedReadings: account.missedReadings,
      activeUntil: account.activeUntil,
      authorised: account.authorised,
      metered: account.meter !== undefined,
      frozen: account.frozen,
      suspended: account.suspended,
      greenSupply: account.greenSupply,
      greenPreference: account.greenPreference,
      dues: account.dues,
      importWh: meter.importWh,
      exportWh: meter.exportWh,
      meterPeriod: meter.period,
      gateway: meter.gateway,
      agent: account.mandate?.agent ?? ZERO_ADDRESS,
      mandateSpentNano: account.mandateSpentNano,
    };
    for (const key of Object.keys(expected) as (keyof AccountState)[])
      differences.compare(`account.${key}`, expected[key], found[key], { participant });
  }
  for (const key of DUES_KEYS)
    differences.compare(`totalDues.${key}`, totalDues[key], state.totalDues[key]);
  const { fromPeriod, parameters } = model.latestRules;
  differences.compare("rules.fromPeriod", fromPeriod, state.rules.fromPeriod);
  for (const key of Object.keys(parameters) as (keyof MarketParameters)[])
    differences.compare(`rules.${key}`, parameters[key], state.rules.parameters[key]);
  differences.compare("incentiveFundNano", model.fundNano, state.fundNano);
  differences.compare("vaultNano", model.vaultNano, state.vaultNano);
  differences.compare("vault.sum", model.vaultNano, heldNano + model.escrowNano());
  if (state.tokenNano < model.vaultNano)
    differences.compare("vault.tokenNano", `at least ${model.vaultNano}`, state.tokenNano);
  for (const found of state.periods) comparePeriod(model, found, differences);
  return differences.list;
}

/** A period's price as pages show it; settlement takes the exact fraction. */
export function averagePriceMicroPerKwhDown(model: MarketModel, period: number): bigint {
  const { nano, wh } = periodPrice(model.period(period).totals, model.parametersOf(period));
  return nano / wh;
}

function comparePeriod(model: MarketModel, found: PeriodState, differences: Differences): void {
  const { period } = found;
  const book = model.periods.get(period);
  const isFormed = book?.isCleared === true;
  const expected: PeriodState = {
    period,
    openedCount: book?.orders.size ?? 0,
    settledCount: book?.settled.size ?? 0,
    tradedWh: isFormed ? book.totals.tradedWh : found.tradedWh,
    tradedNano: isFormed ? book.totals.tradedNano : found.tradedNano,
    trades: isFormed ? book.totals.trades : (book?.trades.length ?? 0),
    averagePriceMicroPerKwhDown: isFormed
      ? averagePriceMicroPerKwhDown(model, period)
      : found.averagePriceMicroPerKwhDown,
  };
  for (const key of Object.keys(expected) as (keyof PeriodState)[])
    differences.compare(`period.${key}`, expected[key], found[key], { period });
}
