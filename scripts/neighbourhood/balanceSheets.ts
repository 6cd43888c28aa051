import type { Dues } from "../../sdk/clients/marketReads.ts";
import type { SettledAccount } from "../../sdk/events/accountsSettled.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { ObservedPeriod } from "./observer.ts";

/** One side of a balance sheet: amounts that add up. */
export type Entries = Record<string, number>;

/** Two sums that must be equal; see docs/PROPERTIES.md for the property that says so. */
export interface BalanceSheet {
  property: string;
  title: string;
  unit: "nano" | "Wh" | "settlements" | "readings" | "verdicts" | "differences";
  left: Entries;
  right: Entries;
  /** Left less right: 0, or something is wrong. */
  residue: number;
}

/** Sums stay exact as numbers up to nine million units of currency. */
function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
    throw new RangeError(`${value.toString()} is too large for a report.`);
  return Number(value);
}

/** A balance sheet of its two sides. */
export function sheet(
  property: string,
  title: string,
  unit: BalanceSheet["unit"],
  left: Record<string, bigint>,
  right: Record<string, bigint>,
): BalanceSheet {
  const sum = (entries: Record<string, bigint>) =>
    Object.values(entries).reduce((total, value) => total + value, 0n);
  const toEntries = (entries: Record<string, bigint>): Entries =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, toNumber(value)]));
  return {
    property,
    title,
    unit,
    left: toEntries(left),
    right: toEntries(right),
    residue: toNumber(sum(left) - sum(right)),
  };
}

/** Sums over settled accounts. */
export interface SettledSums {
  importWh: bigint;
  exportWh: bigint;
  shortWh: bigint;
  longWh: bigint;
  shortNano: bigint;
  longNano: bigint;
  rewardsNano: bigint;
  penaltiesNano: bigint;
  chargesNano: bigint;
  receivedNano: bigint;
  paidNano: bigint;
  unread: number;
}

export function sumSettled(accounts: readonly SettledAccount[]): SettledSums {
  const sums: SettledSums = {
    importWh: 0n,
    exportWh: 0n,
    shortWh: 0n,
    longWh: 0n,
    shortNano: 0n,
    longNano: 0n,
    rewardsNano: 0n,
    penaltiesNano: 0n,
    chargesNano: 0n,
    receivedNano: 0n,
    paidNano: 0n,
    unread: 0,
  };
  for (const account of accounts) {
    sums.importWh += BigInt(account.importWh);
    sums.exportWh += BigInt(account.exportWh);
    sums[account.short ? "shortWh" : "longWh"] += BigInt(account.imbalanceWh);
    sums[account.short ? "shortNano" : "longNano"] += account.imbalanceNano;
    sums.rewardsNano += account.rewardNano;
    sums.penaltiesNano += account.penaltyNano;
    sums.chargesNano += account.chargeNano;
    sums[account.sell ? "receivedNano" : "paidNano"] += account.tradeNano;
    if (account.unread) ++sums.unread;
  }
  return sums;
}

/** What was agreed in a period's trades, in nano. */
export function tradedNano(period: ObservedPeriod): bigint {
  return period.trades.reduce(
    (sum, { energyWh, priceMicroPerKwh }) => sum + BigInt(energyWh) * BigInt(priceMicroPerKwh),
    0n,
  );
}

/**
 * Every balance of money and energy of a run whose periods are settled: what events say, what the chain holds and
 * what the meters show must agree to the last nano and the last watt-hour.
 */
export async function balanceSheets(
  neighbourhood: Neighbourhood,
  periods: readonly ObservedPeriod[],
): Promise<BalanceSheet[]> {
  const { reads, observer, residents } = neighbourhood;
  const [tokens, vaultNano, fundNano, dues, accounts] = await Promise.all([
    reads.vaultTokens(),
    reads.vaultNano(),
    reads.incentiveFundNano(),
    reads.totalDues(),
    reads.accountCount(),
  ]);
  const balances = await Promise.all(
    Array.from({ length: accounts }, (_, i) => reads.accountOf(i + 1)),
  );
  const [grid, ...people] = balances.map(({ balanceNano }) => balanceNano);
  const meters = await Promise.all(
    residents.map(async ({ participant, meter }) => ({
      chain: await reads.meterOf(participant),
      shown: meter.registers(),
    })),
  );
  const settled = sumSettled(periods.flatMap((period) => period.settled));
  const agreedNano = periods.reduce((sum, period) => sum + tradedNano(period), 0n);
  const { totals } = observer;
  const { depositedNano, withdrawnNano, fundedNano, gridDepositedNano } = totals;
  const total = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n);
  const distinct = new Set(
    periods.flatMap(({ period, settled: all }) =>
      all.map(({ participant }) => `${period}/${participant}`),
    ),
  );
  return [
    sheet(
      "M1",
      "The vault's tokens cover all accounts, the fund and what is in flight",
      "nano",
      { tokensInVault: tokens },
      {
        participants: total(people),
        grid: grid!,
        incentiveFund: fundNano,
        // Paid by buyers at clearing, not yet received by sellers.
        inFlight: agreedNano - settled.receivedNano,
      },
    ),
    sheet(
      "M1",
      "What came in and has not gone out is in the vault",
      "nano",
      { deposited: depositedNano, funded: fundedNano, withdrawn: -withdrawnNano },
      { vault: vaultNano },
    ),
    sheet(
      "M2",
      "What buyers pay for trades is what sellers receive",
      "nano",
      { paid: settled.paidNano },
      { received: settled.receivedNano },
    ),
    sheet(
      "M2",
      "Trades are paid as they were formed",
      "nano",
      { formed: agreedNano },
      { paid: settled.paidNano },
    ),
    sheet(
      "M3",
      "Imbalance payments are the grid's gain",
      "nano",
      { shortsPay: settled.shortNano, longsGet: -settled.longNano, ...gridDues(dues) },
      { gridBalance: grid!, gridDeposits: -gridDepositedNano },
    ),
    sheet(
      "M3",
      "Rewards and penalties are the incentive fund's loss and gain",
      "nano",
      {
        penalties: settled.penaltiesNano,
        nonOpeningCharges: settled.chargesNano,
        rewards: -settled.rewardsNano,
        ...fundDues(dues),
      },
      { fund: fundNano, fed: -fundedNano },
    ),
    sheet(
      "M3",
      "What was fed in less what was drawn is what participants were long less what they were short",
      "Wh",
      { exported: settled.exportWh, imported: -settled.importWh },
      { long: settled.longWh, short: -settled.shortWh },
    ),
    sheet(
      "M7",
      "Every participant settles exactly once per period",
      "settlements",
      { settlements: BigInt(periods.reduce((sum, period) => sum + period.settled.length, 0)) },
      { participantsTimesPeriods: BigInt(residents.length * periods.length) },
    ),
    sheet(
      "M7",
      "No settlement of a participant and period came twice",
      "settlements",
      { settlements: BigInt(periods.reduce((sum, period) => sum + period.settled.length, 0)) },
      { distinct: BigInt(distinct.size) },
    ),
    sheet(
      "M8",
      "Energy drawn by the meters is energy drawn as settled",
      "Wh",
      { meters: total(meters.map(({ shown }) => shown.importWh)) },
      { settled: settled.importWh },
    ),
    sheet(
      "M8",
      "Energy fed in by the meters is energy fed in as settled",
      "Wh",
      { meters: total(meters.map(({ shown }) => shown.exportWh)) },
      { settled: settled.exportWh },
    ),
    sheet(
      "M8",
      "Each meter's registers are those on the chain, summed distances",
      "Wh",
      {
        importDistance: total(
          meters.map(({ chain, shown }) => distance(chain.importWh, shown.importWh)),
        ),
        exportDistance: total(
          meters.map(({ chain, shown }) => distance(chain.exportWh, shown.exportWh)),
        ),
      },
      {},
    ),
  ];
}

const distance = (a: bigint, b: bigint) => (a < b ? b - a : a - b);

const gridDues = ({ owesGridNano, gridOwesNano }: Dues) => ({
  unpaidByShorts: -owesGridNano,
  unpaidToLongs: gridOwesNano,
});

const fundDues = ({ owesFundNano, fundOwesNano }: Dues) => ({
  unpaidFines: -owesFundNano,
  unpaidRewards: fundOwesNano,
});
