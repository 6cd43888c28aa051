import { Contract, type Provider } from "ethers";
import { COMMUNITY_CURRENCY_ABI } from "../abi/communityCurrency.ts";
import { marketAt } from "../deployment/contracts.ts";
import type { Dues } from "../events/marketEvent.ts";
import type { MarketParameters } from "../market/parameters.ts";
import type { AccountState, ChainState, PeriodState } from "./compareState.ts";
import { RING_LENGTH } from "./marketModel.ts";
import { inParallel, toParameters } from "./readChain.ts";

const NANO_DECIMALS = 9n;

/** Reads a market's state at a block. */
export async function readState(
  provider: Provider,
  address: string,
  block: number,
): Promise<ChainState> {
  const market = marketAt(address, provider);
  const at = { blockTag: block };
  const count = Number(await market.accountCount(at));
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const accounts = await inParallel(numbers, async (participant): Promise<AccountState> => {
    const [account, dues, meter, [mandate, mandateSpentNano]] = await Promise.all([
      market.accountOf(participant, at),
      market.duesOf(participant, at),
      market.meterOf(participant, at),
      market.mandateOf(participant, at),
    ]);
    return {
      owner: account.owner,
      balanceNano: account.balanceNano,
      lockedNano: account.lockedNano,
      reputation: Number(account.reputation),
      missedReadings: Number(account.missedReadings),
      activeUntil: Number(account.activeUntil),
      authorised: account.authorised,
      metered: account.metered,
      frozen: account.frozen,
      suspended: account.suspended,
      greenSupply: account.greenSupply,
      greenPreference: account.greenPreference,
      dues: toDues(dues),
      importWh: meter.importWh,
      exportWh: meter.exportWh,
      meterPeriod: Number(meter.period),
      gateway: meter.gateway,
      agent: mandate.agent,
      mandateSpentNano,
    };
  });
  const [latest, fromPeriod] = await market.latestParameters(at);
  const [totalDues, fundNano, vaultNano, tokenNano, periods] = await Promise.all([
    market.totalDues(at),
    market.incentiveFundNano(at),
    market.vaultNano(at),
    readTokenNano(provider, await market.settlementToken(at), address, block),
    readPeriods(provider, address, block),
  ]);
  return {
    accounts: new Map(accounts.map((account, index) => [index + 1, account])),
    rules: {
      fromPeriod: Number(fromPeriod),
      parameters: toParameters(
        (latest as unknown as { toObject(): Record<keyof MarketParameters, bigint> }).toObject(),
      ),
    },
    totalDues: toDues(totalDues),
    fundNano,
    vaultNano,
    tokenNano,
    periods,
  };
}

function toDues(given: Dues): Dues {
  const { owesGridNano, owesFundNano, gridOwesNano, fundOwesNano } = given;
  return { owesGridNano, owesFundNano, gridOwesNano, fundOwesNano };
}

/** What a contract holds of a token, in nano-currency, rounded down. */
export async function readTokenNano(
  provider: Provider,
  token: string,
  holder: string,
  block: number,
): Promise<bigint> {
  const contract = new Contract(token, COMMUNITY_CURRENCY_ABI, provider);
  const at = { blockTag: block };
  const [units, decimals] = (await Promise.all([
    contract.getFunction("balanceOf")(holder, at),
    contract.getFunction("decimals")(at),
  ])) as [bigint, bigint];
  return decimals < NANO_DECIMALS
    ? units * 10n ** (NANO_DECIMALS - decimals)
    : units / 10n ** (decimals - NANO_DECIMALS);
}

/** The periods that the chain's ring may still hold, at the block's own time. */
async function readPeriods(
  provider: Provider,
  address: string,
  block: number,
): Promise<PeriodState[]> {
  const market = marketAt(address, provider);
  const at = { blockTag: block };
  const current = Number(await market.currentPeriod(at));
  const first = Math.max(1, current + 2 - RING_LENGTH);
  const numbers = Array.from({ length: current + 2 - first }, (_, index) => first + index);
  const views = await inParallel(numbers, async (period) => ({
    period,
    view: await market.periodOf(period, at),
    averagePriceMicroPerKwhDown: await market.averagePriceMicroPerKwhDown(period, at),
  }));
  return views
    .filter(({ view }) => view.begun)
    .map(({ period, view, averagePriceMicroPerKwhDown }) => ({
      period,
      openedCount: Number(view.openedCount),
      settledCount: Number(view.settledCount),
      tradedWh: view.totals.tradedWh,
      tradedNano: view.totals.tradedNano,
      trades: Number(view.totals.trades),
      averagePriceMicroPerKwhDown,
    }));
}
