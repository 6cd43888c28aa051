import type { GatewayStatus } from "../../../oracle/operations/gatewayView.ts";
import type { Account } from "../../../sdk/clients/marketReads.ts";
import { demoFigures } from "../demoReport.ts";
import { formatSlot } from "../formatSlot.ts";
import type { Neighbourhood } from "../neighbourhood.ts";
import type { ObservedPeriod } from "../observer.ts";
import {
  formatAmount,
  formatCount,
  formatEnergy,
  formatPrice,
  formatSmallAmount,
} from "./format.ts";
import { plain, type Line, type Span } from "./screen.ts";

/** What the dashboard shows beyond the neighbourhood itself. */
export interface DashboardState {
  nowS: number;
  url: string;
  accounts: readonly Account[];
  fundNano: bigint;
  messages: readonly string[];
}

const MOST_PERIODS = 8;
/** With the empty line before, and the heading of trades. */
const MOST_MESSAGES = 4;
const MOST_TRADES = 12;
const BAR = 24;

/** The page for a terminal of a width and a height. */
export function dashboard(
  neighbourhood: Neighbourhood,
  state: DashboardState,
  { width, height }: { width: number; height: number },
): Line[] {
  const head = [
    title(neighbourhood, state, width),
    [],
    clockLine(neighbourhood, state.nowS),
    windowsLine(neighbourhood, state.nowS),
    [],
    heading(
      periodColumns(width)
        .map(({ title: text, width: column }) => text.padStart(column))
        .join(" "),
    ),
  ];
  const foot = [
    [],
    moneyLine(state),
    healthLine(neighbourhood),
    [],
    ...addressLines(neighbourhood, state, width),
  ];
  // Head and foot always show; what stands between gets what room there is, in this order.
  let room = Math.max(1, height - head.length - foot.length);
  const periods = periodLines(neighbourhood, state.nowS, width).slice(
    -Math.min(MOST_PERIODS, room),
  );
  room -= periods.length;
  const messages = messageLines(state, Math.min(MOST_MESSAGES, room));
  room -= messages.length;
  const trades = tradeLines(neighbourhood, state.nowS, Math.min(MOST_TRADES, room), width);
  room -= trades.length;
  const space = Array.from({ length: room }, (): Line => []);
  return [...head, ...periods, ...trades, ...messages, ...space, ...foot];
}

function messageLines({ messages }: DashboardState, rows: number): Line[] {
  if (messages.length === 0 || rows < 2) return [];
  return [[], ...messages.slice(1 - rows).map((text): Line => [{ text, style: "yellow" }])];
}

function heading(text: string): Line {
  return [{ text, style: "dim" }];
}

function title({ residents }: Neighbourhood, { url }: DashboardState, width: number): Line {
  const left = ` Sealwatt · ${residents.length} participants`;
  const right = `${url} · Ctrl-C ends `;
  return [{ text: left.padEnd(Math.max(0, width - right.length)) + right, style: "inverse" }];
}

function clockLine(neighbourhood: Neighbourhood, nowS: number): Line {
  const { reads, firstPeriod } = neighbourhood;
  const { periodLength } = reads.constants;
  const startsIn = reads.startOf(firstPeriod - 1) - nowS;
  if (startsIn > 0)
    return [{ text: "Starting ", style: "bold" }, { text: `in ${Math.ceil(startsIn)} s` }];
  const period = reads.periodAt(nowS);
  const part = Math.min(1, Math.max(0, (nowS - reads.startOf(period)) / periodLength));
  const filled = Math.round(part * BAR);
  const what =
    period < firstPeriod
      ? "before the first delivery"
      : `in delivery (${formatSlot(neighbourhood.slotOf(period))})`;
  return [
    { text: `Period ${period} `, style: "bold" },
    { text: `${what} ` },
    { text: "█".repeat(filled), style: "green" },
    { text: "░".repeat(BAR - filled), style: "dim" },
    { text: ` ${Math.floor(part * periodLength)} of ${periodLength} s` },
  ];
}

function windowsLine({ reads, parameters }: Neighbourhood, nowS: number): Line {
  const period = reads.periodAt(nowS);
  const at = nowS - reads.startOf(period);
  const { gateClosure, openingEnd, clearingEnd } = parameters;
  const next = period + 1;
  const steps: [string, boolean][] = [
    [`orders for ${next}`, at >= 0 && at < gateClosure],
    [`open ${next}`, at >= gateClosure && at < openingEnd],
    [`clear ${next}`, at >= openingEnd && at < clearingEnd],
    ...(period < 2 ? [] : [[`settle ${period - 1}`, at >= 0] as [string, boolean]]),
  ];
  return steps.flatMap(([text, now], index): Span[] => [
    ...(index === 0 ? [] : [{ text: "  ·  ", style: "dim" as const }]),
    { text: now ? `▸ ${text}` : `  ${text}`, style: now ? "bold" : "dim" },
  ]);
}

interface Column {
  title: string;
  width: number;
  wide?: boolean;
  cell: (period: ObservedPeriod, stage: string, time: string) => string;
}

const figuresOf = (period: ObservedPeriod) => demoFigures([period]);
const gasOf = (period: ObservedPeriod) =>
  Object.values(period.gas).reduce((sum, value) => sum + value, 0n);

const COLUMNS: readonly Column[] = [
  { title: "period", width: 6, cell: ({ period }) => String(period) },
  { title: "time", width: 5, cell: (_period, _stage, time) => time },
  { title: "stage", width: 9, cell: (_period, stage) => stage },
  { title: "orders", width: 6, cell: ({ opened }) => String(opened.length) },
  { title: "trades", width: 6, cell: ({ trades }) => String(trades.length) },
  { title: "traded", width: 10, cell: (period) => formatEnergy(figuresOf(period).tradedWh) },
  {
    title: "price",
    width: 8,
    cell: (period) => formatPrice(figuresOf(period).averagePriceMicroPerKwh),
  },
  { title: "short", width: 9, cell: (period) => formatEnergy(figuresOf(period).imbalance.shortWh) },
  { title: "long", width: 9, cell: (period) => formatEnergy(figuresOf(period).imbalance.longWh) },
  { title: "read", width: 4, wide: true, cell: ({ readings }) => String(readings) },
  {
    title: "reward",
    width: 7,
    wide: true,
    cell: (period) => formatSmallAmount(figuresOf(period).rewardsNano),
  },
  {
    title: "penalty",
    width: 7,
    wide: true,
    cell: (period) => formatSmallAmount(figuresOf(period).penaltiesNano),
  },
  { title: "gas", width: 10, wide: true, cell: (period) => formatCount(gasOf(period)) },
];

const WIDE = 112;

function periodColumns(width: number): readonly Column[] {
  return COLUMNS.filter(({ wide }) => wide !== true || width >= WIDE);
}

function stageOf(
  { reads, parameters }: Neighbourhood,
  observed: ObservedPeriod,
  nowS: number,
): string {
  if (observed.complete) return "settled";
  const current = reads.periodAt(nowS);
  if (current > observed.period) return observed.settled.length === 0 ? "metering" : "settling";
  if (current === observed.period) return "delivery";
  if (observed.cleared) return "cleared";
  return nowS < reads.startOf(observed.period - 1) + parameters.gateClosure ? "sealing" : "opening";
}

function periodLines(neighbourhood: Neighbourhood, nowS: number, width: number): Line[] {
  const { reads, observer, firstPeriod } = neighbourhood;
  const last = Math.min(neighbourhood.lastPeriod, reads.periodAt(nowS) + 1);
  const first = Math.max(firstPeriod, last - MOST_PERIODS + 1);
  const lines: Line[] = [];
  for (let period = first; period <= last; ++period) {
    const observed = observer.period(period);
    const stage = stageOf(neighbourhood, observed, nowS);
    const time = formatSlot(neighbourhood.slotOf(period));
    const text = periodColumns(width)
      .map(({ width: column, cell }) => cell(observed, stage, time).padStart(column))
      .join(" ");
    lines.push([{ text, style: stage === "settled" ? "plain" : "bold" }]);
  }
  return lines;
}

function tradeLines(
  { reads, observer, residents }: Neighbourhood,
  nowS: number,
  rows: number,
  width: number,
): Line[] {
  let period = reads.periodAt(nowS) + 1;
  while (
    period > 0 &&
    observer.period(period).trades.length === 0 &&
    period > reads.periodAt(nowS) - 1
  )
    --period;
  const { trades } = observer.period(period);
  if (trades.length === 0 || rows < 3) return [];
  const nameOf = (participant: number) =>
    residents.find((resident) => resident.participant === participant)?.name ?? `#${participant}`;
  const nameWidth = Math.max(10, Math.floor((width - 34) / 2));
  const cut = (text: string) =>
    text.length <= nameWidth ? text.padEnd(nameWidth) : `${text.slice(0, nameWidth - 1)}…`;
  return [
    [],
    heading(`Trades for period ${period}, the last of ${trades.length}`),
    ...trades
      .slice(2 - rows)
      .map(({ seller, buyer, energyWh, priceMicroPerKwh }) =>
        plain(
          `${cut(nameOf(seller))} → ${cut(nameOf(buyer))} ${formatEnergy(energyWh).padStart(10)} at ${formatPrice(priceMicroPerKwh).padStart(8)}`,
        ),
      ),
  ];
}

function moneyLine({ accounts, fundNano }: DashboardState): Line {
  const [grid, ...people] = accounts;
  if (grid === undefined) return [];
  const sum = people.reduce((total, { balanceNano }) => total + balanceNano, 0n);
  const balances = people.map(({ balanceNano }) => balanceNano).sort((a, b) => (a < b ? -1 : 1));
  return [
    { text: "Balances ", style: "dim" },
    { text: `participants ${formatAmount(sum)}` },
    {
      text: ` (${formatAmount(balances[0] ?? 0n)} to ${formatAmount(balances.at(-1) ?? 0n)})`,
      style: "dim",
    },
    { text: `  grid ${formatAmount(grid.balanceNano)}  fund ${formatAmount(fundNano)}` },
  ];
}

function healthLine(neighbourhood: Neighbourhood): Line {
  const { gateway, operator, parts } = neighbourhood.health();
  const restarts = parts.reduce((sum, part) => sum + part.restarts, 0);
  const mark = (good: boolean, text: string): Span[] => [
    { text: good ? "● " : "▲ ", style: good ? "green" : "red" },
    { text: `${text}   ` },
  ];
  const { failed } = neighbourhood.observer.totals;
  return [
    ...(gateway === undefined ? mark(false, "gateway starts") : gatewayMark(gateway, mark)),
    ...mark(
      operator !== undefined && operator.refused + operator.missed === 0,
      operator === undefined
        ? "operator starts"
        : `operator${operator.refused === 0 ? "" : `, ${operator.refused} refused`}${operator.missed === 0 ? "" : `, ${operator.missed} late`}`,
    ),
    ...mark(restarts + failed === 0, restarts === 0 ? "all running" : `${restarts} restarts`),
  ];
}

function gatewayMark(
  { meters, readings, quarantine }: GatewayStatus,
  mark: (good: boolean, text: string) => Span[],
): Span[] {
  const { read = 0, signed = 0, sent = 0, included = 0, final = 0 } = readings;
  const up = meters.filter(({ state }) => state !== "failing").length;
  const waiting = read + signed + sent;
  return mark(
    up === meters.length && quarantine.length === 0,
    `meters ${up}/${meters.length}, ${included + final} readings` +
      (waiting === 0 ? "" : `, ${waiting} waiting`) +
      (quarantine.length === 0 ? "" : `, ${quarantine.length} in quarantine`),
  );
}

function addressLines({ reads }: Neighbourhood, { url }: DashboardState, width: number): Line[] {
  const connect = `RPC ${url}  chain id ${reads.constants.chainId.toString()}`;
  const market = `market ${reads.addresses.market}`;
  const lines = width >= WIDE ? [`${connect}  ${market}`] : [connect, market];
  return lines.map(heading);
}
