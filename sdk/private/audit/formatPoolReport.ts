import { formatNano } from "../../formatNano.ts";
import { formatTable } from "../../formatTable.ts";
import type { AuditedMatching, AuditedOpening } from "./auditMatching.ts";
import type { PoolDifference } from "./poolDifferences.ts";
import type {
  AuditedOwner,
  AuditedPrivatePeriod,
  AuditedTrade,
  PoolAuditReport,
} from "./poolReport.ts";

type Columns<Row> = readonly (readonly [string, (row: Row) => string])[];

const UNKNOWN = "?";
/** Digits of an owner or a match that tell it from the others of a report. */
const SHOWN_DIGITS = 8;

const nano = (value: string | null): string => (value === null ? UNKNOWN : formatNano(value));
const short = (value: string | null): string =>
  value === null ? UNKNOWN : `${value.slice(0, SHOWN_DIGITS)}…`;

const OWNER_COLUMNS: Columns<AuditedOwner> = [
  ["participant", ({ participant }) => participant ?? "never joined"],
  ["owner", ({ owner }) => short(owner)],
  ["balance", ({ balanceNano }) => nano(balanceNano)],
  ["locked", ({ lockedNano }) => nano(lockedNano)],
  ["deposited", ({ depositedNano }) => nano(depositedNano)],
  ["withdrawn", ({ withdrawnNano }) => nano(withdrawnNano)],
  ["earned", ({ earnedNano }) => nano(earnedNano)],
  ["paid", ({ paidNano }) => nano(paidNano)],
  ["lost bonds", ({ lostBondsNano }) => nano(lostBondsNano)],
  ["strikes", ({ strikes }) => `${strikes}`],
  ["sold Wh", ({ soldWh }) => soldWh],
  ["bought Wh", ({ boughtWh }) => boughtWh],
  ["state", ({ joined, participant }) => (joined ? "joined" : participant ? "expelled" : "-")],
];

const TRADE_COLUMNS: Columns<AuditedTrade> = [
  ["match", ({ match }) => short(match)],
  ["seller", ({ seller }) => short(seller)],
  ["buyer", ({ buyer }) => short(buyer)],
  ["period", ({ period }) => `${period}`],
  ["Wh", ({ energyWh }) => energyWh ?? UNKNOWN],
  ["price micro/kWh", ({ priceMicroPerKwh }) => priceMicroPerKwh ?? UNKNOWN],
  ["actual Wh", ({ actualWh }) => actualWh ?? "-"],
  ["delivered Wh", ({ deliveredWh }) => deliveredWh ?? "-"],
  ["paid", ({ paidNano }) => (paidNano === null ? "-" : formatNano(paidNano))],
  ["state", (trade) => stateOf(trade)],
];

const PERIOD_COLUMNS: Columns<AuditedPrivatePeriod> = [
  ["period", ({ period }) => `${period}`],
  ["plans", ({ plans }) => `${plans}`],
  ["matches", ({ matches }) => `${matches}`],
  ["agreed", ({ agreed }) => `${agreed}`],
  ["traded Wh", ({ tradedWh }) => tradedWh],
  ["delivered Wh", ({ deliveredWh }) => deliveredWh],
  ["paid", ({ paidNano }) => nano(paidNano)],
  ["average micro/kWh", ({ averagePriceMicroPerKwhDown: price }) => price ?? "-"],
];

const OPENING_COLUMNS: Columns<AuditedOpening> = [
  ["opened", ({ kind }) => kind],
  ["round", ({ round }) => round.slice(0, 2 + SHOWN_DIGITS) + "…"],
  ["period", ({ period }) => `${period}`],
  ["results", ({ count }) => `${count}`],
  ["block", ({ blockNumber }) => `${blockNumber}`],
];

function stateOf({ state, sellSettled, buySettled }: AuditedTrade): string {
  if (state !== "agreed") return state;
  if (sellSettled && buySettled) return "settled";
  if (sellSettled || buySettled) return `${sellSettled ? "seller" : "buyer"} settled`;
  return state;
}

function tableOf<Row>(columns: Columns<Row>, rows: readonly Row[], texts: number): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map((row) => columns.map(([, value]) => value(row)));
  return [formatTable([columns.map(([title]) => title), ...lines], texts)];
}

/** What the record of the matching says. */
function formatMatching({ record, epochs, openings, verdicts }: AuditedMatching): string[] {
  const count = (verdict: string) => verdicts.filter((each) => each.verdict === verdict).length;
  const compared = verdicts.filter(({ expected }) => expected !== null).length;
  const others = verdicts.length - compared;
  return [
    `Matching record ${record}: epochs ${epochs.length}, openings ${openings.length}; verdicts within ${count("within")}, beyond ${count("beyond")}, of which ${compared} were compared with what was delivered.`,
    ...(others === 0
      ? []
      : [`Of ${others} no delivery was reported, or none that this reader opens: not compared.`]),
    ...tableOf(OPENING_COLUMNS, openings, 2),
  ];
}

/** A difference on one line, with both values. */
export function formatPoolDifference(difference: PoolDifference): string {
  const { figure, expected, found, subject, transactionHash } = difference;
  const source = transactionHash === undefined ? "in the state" : `in ${transactionHash}`;
  return `${subject}: ${figure} is ${found} ${source}, computed ${expected}`;
}

/** The outcome of a private market's audit for people. */
export function formatPoolReport(report: PoolAuditReport): string {
  const { notes, money, differences, owners, trades, periods } = report;
  const count = differences.length;
  return [
    `Private market ${report.pool} on chain ${report.chainId}, blocks ${report.fromBlock} to ${report.toBlock}, ${report.logs} events, read ${report.reader === "regulator" ? "with the audit key" : "with a viewing key: what is of others is not seen"}.`,
    `${notes.leaves} notes, ${notes.inserted} of them in the tree, ${report.nullifiers} nullifiers; ${report.participants} participants; audit key version ${report.auditKeyVersion}.`,
    `${notes.read} memos read.`,
    ...(notes.unreadable === 0
      ? []
      : [
          `${notes.unreadable} COULD NOT BE READ, which the proofs make impossible: the chain's data or a verifier is not what it should be.`,
        ]),
    ...tableOf(OWNER_COLUMNS, owners, 2),
    ...tableOf(TRADE_COLUMNS, trades, 3),
    ...tableOf(PERIOD_COLUMNS, periods, 0),
    ...(report.matching === null ? [] : formatMatching(report.matching)),
    `Plans refunded: ${report.refunds}; matches lapsed: ${report.lapsedMatches}.`,
    `Deposited ${nano(money.depositedNano)}, withdrawn ${nano(money.withdrawnNano)}; tokens held ${nano(money.tokenNano)}.`,
    ...(money.balancesNano === null
      ? []
      : [
          `Of it balances ${nano(money.balancesNano)}, plans ${nano(money.plansNano)}, matches ${nano(money.matchesNano)}, lost bonds ${nano(money.lostBondsNano)}.`,
        ]),
    ...(money.unattributedNano === "0"
      ? []
      : [
          `Withdrawn while the tree was full, so that nothing tells by whom: ${nano(money.unattributedNano)}.`,
        ]),
    ...differences.map(formatPoolDifference),
    count === 0
      ? "Clean: every figure agrees."
      : `${count} ${count === 1 ? "difference" : "differences"} found.`,
  ].join("\n");
}
