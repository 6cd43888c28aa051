import { averagePriceMicroPerKwhDown, type ChainState } from "./compareState.ts";
import type { Difference } from "./differences.ts";
import { GRID, type MarketModel } from "./marketModel.ts";
import type { Replay } from "./replay.ts";

/** One period's figures, as the audit computed them. Amounts are decimal strings of nano-currency. */
export interface AuditedPeriod {
  period: number;
  /** Participants who sealed an order. */
  sealed: number;
  opened: number;
  /** Participants whose sealed order nobody opened in time. */
  unopened: number[];
  refusedOpenings: number;
  cleared: boolean;
  trades: number;
  tradedWh: number;
  tradedNano: string;
  averagePriceMicroPerKwhDown: number;
  readings: number;
  refusedReadings: number;
  settledAccounts: number;
  settled: boolean;
  shortWh: number;
  longWh: number;
  /** What short sides owe the grid, and what it owes long sides. */
  shortNano: string;
  longNano: string;
  rewardNano: string;
  penaltyNano: string;
  chargeNano: string;
}

/** One account's figures, as the audit computed them. */
export interface AuditedAccount {
  participant: number;
  owner: string;
  balanceNano: string;
  lockedNano: string;
  reputation: number;
  owesNano: string;
  isOwedNano: string;
}

/** What an audit found; see docs/schemas/audit.schema.json. */
export interface AuditReport {
  clean: boolean;
  chainId: number;
  market: string;
  fromBlock: number;
  toBlock: number;
  events: number;
  /** The periods asked for. */
  periods: AuditedPeriod[];
  accounts: AuditedAccount[];
  vault: {
    vaultNano: string;
    tokenNano: string;
    incentiveFundNano: string;
    gridNano: string;
    escrowNano: string;
  };
  /** Openings and readings that came through another contract, so that no calldata proves them. */
  unchecked: { openings: number; readings: number };
  differences: Difference[];
}

/** What a report is made of. */
export interface ReportInput {
  replay: Replay;
  state: ChainState;
  stateDifferences: readonly Difference[];
  /** All periods where undefined. */
  period: number | undefined;
  fromBlock: number;
  toBlock: number;
  /** Unix seconds of the last block. */
  timestamp: number;
  events: number;
}

/** Puts the outcome of an audit in the form in which it is published. */
export function toReport(input: ReportInput): AuditReport {
  const { replay, state, period: only } = input;
  const { model } = replay;
  const isAskedFor = (period: number | undefined) =>
    only === undefined || period === undefined || period === only;
  const differences = [...model.differences.list, ...input.stateDifferences].filter(({ period }) =>
    isAskedFor(period),
  );
  const periods = [...model.periods.keys()].filter(isAskedFor).sort((a, b) => a - b);
  return {
    clean: differences.length === 0,
    chainId: Number(model.origin.chainId),
    market: model.origin.market,
    fromBlock: input.fromBlock,
    toBlock: input.toBlock,
    events: input.events,
    periods: periods.map((period) => toPeriod(model, period, input.timestamp)),
    accounts: [...model.accounts].map(([participant, account]) => ({
      participant,
      owner: account.owner,
      balanceNano: account.balanceNano.toString(),
      lockedNano: model.lockedNano(participant).toString(),
      reputation: account.reputation,
      owesNano: (account.dues.owesGridNano + account.dues.owesFundNano).toString(),
      isOwedNano: (account.dues.gridOwesNano + account.dues.fundOwesNano).toString(),
    })),
    vault: {
      vaultNano: model.vaultNano.toString(),
      tokenNano: state.tokenNano.toString(),
      incentiveFundNano: model.fundNano.toString(),
      gridNano: model.grid.balanceNano.toString(),
      escrowNano: model.escrowNano().toString(),
    },
    unchecked: { openings: replay.uncheckedOpenings, readings: replay.uncheckedReadings },
    differences,
  };
}

function toPeriod(model: MarketModel, period: number, timestamp: number): AuditedPeriod {
  const book = model.period(period);
  const sealed = [...model.accounts.keys()].filter((participant) =>
    model.hasSealed(participant, period),
  );
  const isOpeningOver =
    timestamp >= model.startOf(period - 1) + model.parametersOf(period).openingEnd;
  const settled = [...book.settled.values()].filter(({ participant }) => participant !== GRID);
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  const short = settled.filter((bill) => bill.short);
  const long = settled.filter((bill) => !bill.short);
  return {
    period,
    sealed: sealed.length,
    opened: book.orders.size,
    unopened: isOpeningOver ? sealed.filter((participant) => !book.orders.has(participant)) : [],
    refusedOpenings: book.refusedOpenings,
    cleared: book.isCleared,
    trades: book.totals.trades,
    tradedWh: Number(book.totals.tradedWh),
    tradedNano: book.totals.tradedNano.toString(),
    averagePriceMicroPerKwhDown: Number(averagePriceMicroPerKwhDown(model, period)),
    readings: book.readings.size,
    refusedReadings: book.refusedReadings,
    settledAccounts: settled.length,
    settled: book.isSettled,
    shortWh: short.reduce((total, { imbalanceWh }) => total + imbalanceWh, 0),
    longWh: long.reduce((total, { imbalanceWh }) => total + imbalanceWh, 0),
    shortNano: sum(short.map(({ imbalanceNano }) => imbalanceNano)).toString(),
    longNano: sum(long.map(({ imbalanceNano }) => imbalanceNano)).toString(),
    rewardNano: sum(settled.map(({ rewardNano }) => rewardNano)).toString(),
    penaltyNano: sum(settled.map(({ penaltyNano }) => penaltyNano)).toString(),
    chargeNano: sum(settled.map(({ chargeNano }) => chargeNano)).toString(),
  };
}
