import type { AuditedVerdict } from "../../../sdk/private/audit/auditMatching.ts";
import { auditPool } from "../../../sdk/private/audit/auditPool.ts";
import type { PoolDifference } from "../../../sdk/private/audit/poolDifferences.ts";
import type { PoolAuditReport } from "../../../sdk/private/audit/poolReport.ts";
import { sheet, type BalanceSheet } from "../balanceSheets.ts";
import { formatSlot } from "../formatSlot.ts";
import type { Neighbourhood } from "../neighbourhood.ts";
import type { ProofFigures } from "./countingProver.ts";
import type { MatchingFigures } from "./matchingPath.ts";
import type { PrivateTrade } from "./privateTrade.ts";
import type { CrewFigures } from "./traderCrew.ts";

/** What was traded privately, as the regulator's audit tells. */
export interface PrivateFigures extends ProofFigures {
  /** How many traded. */
  traders: number;
  /** The delivery period of all plans. */
  period: number;
  profileTime: string;
  /** Without rests of plans. */
  plans: number;
  /** That were proposed. */
  matches: number;
  /** That both sides confirmed. */
  trades: number;
  /** That a side did not confirm in time. */
  lapsed: number;
  /** Plans that were silent where the other side confirmed, and how often. */
  strikes: number;
  tradedWh: number;
  /** What sellers were paid for. */
  deliveredWh: number;
  /** Weighted by energy, rounded down; null where nothing was delivered. */
  averagePriceMicroPerKwh: number | null;
  paidNano: number;
  lostBondsNano: number;
  refunds: number;
  withdrawnNano: number;
  /** Private notes, all of which the regulator has read. */
  notes: number;
  /** What the audit found to differ. */
  differences: string[];
  /** How plans found each other. */
  matching: MatchingFigures & {
    /** What traders brought to be matched, ciphertexts and what goes with them; 0 where the matcher sees plans. */
    uploadBytes: number;
    uploads: number;
  };
}

/** The figures and the balance sheets of a run's private trades. */
export interface PrivateOutcome {
  figures: PrivateFigures;
  sheets: BalanceSheet[];
}

const sum = (values: readonly (string | null)[]) =>
  values.reduce((total, value) => total + BigInt(value ?? 0), 0n);

/** Audits the private market with the regulator's key, and compares what it finds with what its wallets and meters say. */
export async function privateOutcome(
  neighbourhood: Neighbourhood,
  trade: PrivateTrade,
): Promise<PrivateOutcome> {
  const { wishes, follower, record, period, slot, auditScalar, crew, path } = trade.parts;
  const { accounts, proofs, uploads } = await crew.figures();
  const matching = await path.figures();
  const audit = await auditPool({
    provider: neighbourhood.chain.provider,
    pool: follower.address,
    record,
    secrets: { auditScalars: [auditScalar] },
  });
  await follower.sync();
  const [traded] = audit.periods;
  const { money } = audit;
  const price = traded?.averagePriceMicroPerKwhDown ?? null;
  return {
    figures: {
      traders: wishes.length,
      period,
      profileTime: formatSlot(slot),
      plans: traded?.plans ?? 0,
      matches: traded?.matches ?? 0,
      trades: traded?.agreed ?? 0,
      lapsed: audit.lapsedMatches,
      strikes: strikesOf(trade),
      tradedWh: Number(traded?.tradedWh ?? 0),
      deliveredWh: Number(traded?.deliveredWh ?? 0),
      averagePriceMicroPerKwh: price === null ? null : Number(price),
      paidNano: Number(traded?.paidNano ?? 0),
      lostBondsNano: Number(money.lostBondsNano),
      refunds: audit.refunds,
      withdrawnNano: Number(money.withdrawnNano),
      notes: audit.notes.read,
      differences: audit.differences.map(formatDifference),
      matching: { ...matching, uploads: uploads.plans, uploadBytes: uploads.bytes },
      ...proofs,
    },
    sheets: sheetsOf(neighbourhood, trade, audit, accounts),
  };
}

/** A rest inherits its plan's strikes, which must not count twice. */
function strikesOf({ parts }: PrivateTrade): number {
  return parts.follower.logs.reduce(
    (strikes, log) =>
      log.name === "MatchLapsed"
        ? strikes + Number(log.sellStruck) + Number(log.buyStruck)
        : strikes,
    0,
  );
}

function sheetsOf(
  neighbourhood: Neighbourhood,
  trade: PrivateTrade,
  { money, owners, notes, differences, trades, matching }: PoolAuditReport,
  accounts: CrewFigures["accounts"],
): BalanceSheet[] {
  const amount = (value: string | null) => BigInt(value ?? 0);
  const held = {
    notes: amount(money.balancesNano),
    plans: amount(money.plansNano),
    matches: amount(money.matchesNano),
    lostBonds: amount(money.lostBondsNano),
  };
  const wallets = accounts.map(({ balanceNano }) => balanceNano);
  const verdicts = matching?.verdicts ?? [];
  const { attestedWh, owedWh } = attested(neighbourhood, trade, accounts, trades);
  return [
    sheet(
      "M1",
      "The private market's tokens cover all notes, plans, matches and lost bonds",
      "nano",
      { tokens: amount(money.tokenNano) },
      held,
    ),
    sheet(
      "M1",
      "What came into the private market and has not gone out is in notes, plans, matches and lost bonds",
      "nano",
      { deposited: amount(money.depositedNano), withdrawn: -amount(money.withdrawnNano) },
      held,
    ),
    sheet(
      "M10",
      "What private buyers pay is what private sellers receive",
      "nano",
      { paid: sum(owners.map(({ paidNano }) => paidNano)) },
      { received: sum(owners.map(({ earnedNano }) => earnedNano)) },
    ),
    sheet(
      "M10",
      "The notes that wallets find are those that the regulator reads",
      "nano",
      { wallets: wallets.reduce((total, balance) => total + balance, 0n) },
      { regulator: held.notes },
    ),
    sheet(
      "M8",
      "Gateways attest of private trades what meters fed in, as far as it was sold",
      "Wh",
      { attested: attestedWh },
      { soldAndFedIn: owedWh },
    ),
    sheet(
      "P13",
      "Verdicts that were opened under encryption are those that the regulator computes from what it reads",
      "verdicts",
      { asComputed: BigInt(verdicts.filter(isAsComputed).length) },
      { recorded: BigInt(verdicts.length) },
    ),
    sheet(
      "M10",
      "Whatever the regulator reads is as the chain has it",
      "differences",
      { differences: BigInt(differences.length), unreadable: BigInt(notes.unreadable) },
      {},
    ),
  ];
}

const isAsComputed = ({ verdict, expected }: AuditedVerdict) => verdict === expected;

/** What gateways attested, and what they should have: of each seller all that was sold, or all that it fed in. */
function attested(
  { observer }: Neighbourhood,
  { parts: { period } }: PrivateTrade,
  accounts: CrewFigures["accounts"],
  trades: PoolAuditReport["trades"],
): { attestedWh: bigint; owedWh: bigint } {
  const { settled } = observer.period(period);
  let [attestedWh, owedWh] = [0n, 0n];
  for (const { participant, owner } of accounts) {
    const own = trades.filter(
      ({ seller, state }) => seller === owner.toString() && state === "agreed",
    );
    const soldWh = sum(own.map(({ energyWh }) => energyWh));
    const meter = settled.find((account) => account.participant === participant);
    const fedInWh = BigInt(meter?.exportWh ?? 0);
    attestedWh += sum(own.map(({ actualWh }) => actualWh));
    owedWh += soldWh < fedInWh ? soldWh : fedInWh;
  }
  return { attestedWh, owedWh };
}

function formatDifference({ figure, subject, expected, found }: PoolDifference): string {
  return `${subject}, ${figure}: ${expected} expected, ${found} found`;
}
