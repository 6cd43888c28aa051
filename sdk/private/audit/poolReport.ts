import type { PoolId } from "../pool.ts";
import type { AuditedMatching } from "./auditMatching.ts";
import type { PoolDifference } from "./poolDifferences.ts";
import type { AuditedMatch, PoolReplay } from "./poolReplay.ts";

/** One owner's figures. Amounts are decimal strings of nano-currency, energies of Wh. */
export interface AuditedOwner {
  owner: string;
  /** The address that joined with it; null where none did. */
  participant: string | null;
  /** Whether it can make plans. */
  joined: boolean;
  balanceNano: string;
  /** What open and matched plans, and matches that it has not settled, hold of its money. */
  lockedNano: string;
  /** The live credit notes' amounts, ascending; null where the chain does not tell which were merged. */
  notesNano: string[] | null;
  openPlans: number;
  /** How often it was silent where the other side confirmed. */
  strikes: number;
  depositedNano: string;
  withdrawnNano: string;
  earnedNano: string;
  paidNano: string;
  /** What settled and ended buy plans gave back. */
  returnedNano: string;
  lostBondsNano: string;
  issuedWh: string;
  soldWh: string;
  boughtWh: string;
}

/** One match. What the reader cannot tell is null. */
export interface AuditedTrade {
  match: string;
  period: number;
  state: "proposed" | "agreed" | "lapsed";
  seller: string | null;
  buyer: string | null;
  energyWh: string | null;
  priceMicroPerKwh: string | null;
  /** As reported; null where nothing was. */
  actualWh: string | null;
  deliveredWh: string | null;
  paidNano: string | null;
  sellSettled: boolean;
  buySettled: boolean;
}

/** One delivery period, of what the reader can tell. */
export interface AuditedPrivatePeriod {
  period: number;
  plans: number;
  matches: number;
  agreed: number;
  tradedWh: string;
  deliveredWh: string;
  paidNano: string;
  /** Rounded down; null where nothing was delivered. */
  averagePriceMicroPerKwhDown: string | null;
}

/** What an audit of a private market found; see docs/schemas/private-audit.schema.json. */
export interface PoolAuditReport {
  clean: boolean;
  /** Whose notes were read: the regulator reads everybody's. */
  reader: "regulator" | "participant";
  chainId: number;
  pool: string;
  fromBlock: number;
  toBlock: number;
  logs: number;
  notes: { leaves: number; inserted: number; read: number; unreadable: number };
  nullifiers: number;
  auditKeyVersion: number;
  participants: number;
  owners: AuditedOwner[];
  trades: AuditedTrade[];
  periods: AuditedPrivatePeriod[];
  /** Null of what only the regulator can add up. */
  money: {
    depositedNano: string;
    withdrawnNano: string;
    tokenNano: string;
    balancesNano: string | null;
    plansNano: string | null;
    matchesNano: string | null;
    lostBondsNano: string;
    /** Withdrawn where the tree was full, so that nothing tells of whose balance. */
    unattributedNano: string;
  };
  refunds: number;
  lapsedMatches: number;
  /** Null where no record of the matching was named. */
  matching: AuditedMatching | null;
  differences: PoolDifference[];
}

/** What a report is made of. */
export interface PoolReportInput {
  replay: PoolReplay;
  matching: AuditedMatching | undefined;
  /** Of a viewing key's; undefined of the regulator's. */
  owner: bigint | undefined;
  pool: PoolId;
  fromBlock: number;
  toBlock: number;
  logs: number;
  refunds: number;
  tokenNano: bigint;
  differences: readonly PoolDifference[];
}

const sumOf = (values: Iterable<bigint>): bigint =>
  [...values].reduce((sum, each) => sum + each, 0n);

/** What plans and matches hold of everybody's money. */
export function heldNano({ plans, matches, state }: PoolReplay): {
  plansNano: bigint;
  matchesNano: bigint;
} {
  const agreed = [...matches.values()].filter(
    ({ record }) => state.matches.get(record)?.state === "agreed",
  );
  return {
    plansNano: sumOf([...plans.values()].map(({ lockedNano }) => lockedNano)),
    matchesNano: sumOf(agreed.map(({ lockedNano }) => lockedNano ?? 0n)),
  };
}

/** Puts the outcome of an audit in the form in which it is published. */
export function toPoolReport(input: PoolReportInput): PoolAuditReport {
  const { replay, owner, differences } = input;
  const { state, totals, accounts } = replay;
  const isRegulator = owner === undefined;
  const { plansNano, matchesNano } = heldNano(replay);
  const balancesNano = sumOf([...accounts.values()].map(({ credit }) => credit.sum));
  const trades = [...replay.matches.values()].map((match) => toTrade(replay, match));
  return {
    clean: differences.length === 0,
    reader: isRegulator ? "regulator" : "participant",
    chainId: Number(input.pool.chainId),
    pool: input.pool.pool,
    fromBlock: input.fromBlock,
    toBlock: input.toBlock,
    logs: input.logs,
    notes: {
      leaves: state.leaves.length,
      inserted: state.insertedLeaves,
      read: totals.readNotes,
      unreadable: totals.unreadable,
    },
    nullifiers: state.nullifiers.size,
    auditKeyVersion: state.auditKey?.version ?? 0,
    participants: state.participants.list.filter(
      ({ expelledAtBlock }) => expelledAtBlock === undefined,
    ).length,
    owners: ownersOf(replay, owner).map((each) => toOwner(replay, each)),
    trades,
    periods: toPeriods(replay, trades),
    money: {
      depositedNano: `${totals.depositedNano}`,
      withdrawnNano: `${totals.withdrawnNano}`,
      tokenNano: `${input.tokenNano}`,
      balancesNano: isRegulator ? `${balancesNano}` : null,
      plansNano: isRegulator ? `${plansNano}` : null,
      matchesNano: isRegulator ? `${matchesNano}` : null,
      lostBondsNano: `${totals.lostBondsNano}`,
      unattributedNano: `${totals.unattributedNano}`,
    },
    refunds: input.refunds,
    lapsedMatches: [...state.matches.values()].filter((match) => match.state === "lapsed").length,
    matching: input.matching ?? null,
    differences: [...differences],
  };
}

/** Who joined or has had a note, in the order of their coming. */
function ownersOf({ state, accounts }: PoolReplay, only: bigint | undefined): bigint[] {
  if (only !== undefined) return [only];
  const joined = state.participants.list.map(({ owner }) => owner);
  return [...new Set([...joined, ...accounts.keys()])];
}

function toOwner(replay: PoolReplay, owner: bigint): AuditedOwner {
  const { state, plans, matches } = replay;
  const { flows, credit, strikes } = replay.account(owner);
  const own = [...plans].filter(([, { note }]) => note.owner === owner);
  const booked = own.map(([commitment]) => state.plans.get(commitment));
  const unsettled = [...matches.values()].filter(
    ({ buy, returnedNano, record }) =>
      buy?.owner === owner &&
      returnedNano === undefined &&
      state.matches.get(record)?.state === "agreed",
  );
  const lockedNano =
    sumOf(own.map(([, plan]) => plan.lockedNano)) +
    sumOf(unsettled.map((match) => match.lockedNano ?? 0n));
  const participant = state.participants.list.findLast((each) => each.owner === owner);
  return {
    owner: `${owner}`,
    participant: participant?.address ?? null,
    joined: state.participants.has(owner),
    balanceNano: `${credit.sum}`,
    lockedNano: `${lockedNano}`,
    notesNano: credit.values?.map(String) ?? null,
    openPlans: booked.filter((plan) => plan?.state === "open").length,
    strikes,
    depositedNano: `${flows.depositedNano}`,
    withdrawnNano: `${flows.withdrawnNano}`,
    earnedNano: `${flows.earnedNano}`,
    paidNano: `${flows.paidNano}`,
    returnedNano: `${flows.returnedNano}`,
    lostBondsNano: `${flows.lostBondsNano}`,
    issuedWh: `${flows.issuedWh}`,
    soldWh: `${flows.soldWh}`,
    boughtWh: `${flows.boughtWh}`,
  };
}

const textOf = (value: bigint | undefined): string | null =>
  value === undefined ? null : `${value}`;

function toTrade(replay: PoolReplay, match: AuditedMatch): AuditedTrade {
  const chain = replay.state.matches.get(match.record)!;
  const isSettled = chain.sellSettled || chain.buySettled;
  const due = isSettled ? replay.dueOf(match, chain) : undefined;
  return {
    match: `${match.record}`,
    period: Number(chain.period),
    state: chain.state,
    seller: textOf(match.sell?.owner),
    buyer: textOf(match.buy?.owner),
    energyWh: textOf(match.note?.energyWh),
    priceMicroPerKwh: textOf(match.note?.priceMicroPerKwh),
    actualWh: textOf(match.actual?.energyWh),
    deliveredWh: textOf(due?.deliveredWh),
    paidNano: textOf(due?.paidNano),
    sellSettled: chain.sellSettled,
    buySettled: chain.buySettled,
  };
}

function toPeriods({ state }: PoolReplay, trades: readonly AuditedTrade[]): AuditedPrivatePeriod[] {
  const numbers = [...state.plans.values()].map(({ period }) => Number(period));
  return [...new Set(numbers)]
    .sort((a, b) => a - b)
    .map((period) => {
      const own = trades.filter((trade) => trade.period === period);
      const agreed = own.filter((trade) => trade.state === "agreed");
      const sum = (key: "energyWh" | "deliveredWh" | "paidNano") =>
        sumOf(agreed.map((trade) => BigInt(trade[key] ?? 0)));
      const [deliveredWh, paidNano] = [sum("deliveredWh"), sum("paidNano")];
      const ofPeriod = [...state.plans.values()].filter((plan) => Number(plan.period) === period);
      return {
        period,
        // Rests are parts of plans.
        plans: ofPeriod.filter(({ log }) => log.name === "PlanAdded").length,
        matches: own.length,
        agreed: agreed.length,
        tradedWh: `${sum("energyWh")}`,
        deliveredWh: `${deliveredWh}`,
        paidNano: `${paidNano}`,
        averagePriceMicroPerKwhDown: deliveredWh === 0n ? null : `${paidNano / deliveredWh}`,
      };
    });
}
