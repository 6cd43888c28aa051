import { formatNano } from "../../sdk/formatNano.ts";
import { formatTable } from "../../sdk/formatTable.ts";
import { openMarket, type CommonOptions, type MarketContext } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";

const PHASES = ["opening", "clearing", "clearing", "cleared"] as const;
/** Periods that the chain holds beside the current one. */
const PERIODS_BACK = 5;

async function readPeriods({ market }: MarketContext, current: number) {
  const first = Math.max(1, current - PERIODS_BACK);
  const numbers = Array.from({ length: current + 2 - first }, (_, index) => first + index);
  const periods = await Promise.all(
    numbers.map(async (period) => {
      const [view, price] = await Promise.all([
        market.periodOf(period),
        market.averagePriceMicroPerKwhDown(period),
      ]);
      return {
        period,
        begun: view.begun,
        phase: PHASES[Number(view.phase)]!,
        openedCount: Number(view.openedCount),
        settledCount: Number(view.settledCount),
        accountCount: Number(view.accountCount),
        trades: Number(view.totals.trades),
        tradedWh: Number(view.totals.tradedWh),
        averagePriceMicroPerKwhDown: Number(price),
      };
    }),
  );
  return periods.filter(({ begun }) => begun);
}

async function readAccounts({ market }: MarketContext) {
  const count = Number(await market.accountCount());
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const participant = index + 1;
      const account = await market.accountOf(participant);
      const states = ["authorised", "metered", "frozen", "suspended"] as const;
      return {
        participant,
        owner: account.owner,
        balanceNano: account.balanceNano,
        freeNano: account.freeNano,
        reputation: Number(account.reputation),
        state: states.filter((state) => account[state]),
      };
    }),
  );
}

export default explained<CommonOptions>(async (options, hre) => {
  const context = await openMarket(hre, options);
  const { market, book, chain } = context;
  const latest = await chain.provider.getBlock("latest");
  const current = Number(await market.currentPeriod());
  const [periods, accounts, vaultNano, incentiveFundNano] = await Promise.all([
    readPeriods(context, current),
    readAccounts(context),
    market.vaultNano(),
    market.incentiveFundNano(),
  ]);
  const now = latest?.timestamp ?? 0;
  const { genesis, periodLength, addresses } = book;
  const when =
    now < genesis
      ? `Period 0 begins in ${genesis - now} s.`
      : `Period ${current}, second ${(now - genesis) % periodLength} of ${periodLength}.`;
  const data = {
    market: addresses.market,
    chainId: book.chainId,
    block: latest?.number ?? 0,
    timestamp: now,
    currentPeriod: current,
    vaultNano,
    incentiveFundNano,
    periods,
    accounts,
  };
  const periodRows = periods.map((one) => [
    `${one.period}`,
    one.phase,
    `${one.openedCount}`,
    `${one.trades}`,
    `${one.tradedWh}`,
    `${one.averagePriceMicroPerKwhDown}`,
    `${one.settledCount}/${one.accountCount}`,
  ]);
  const accountRows = accounts.map((one) => [
    `${one.participant}`,
    one.participant === 1 ? "grid" : one.owner,
    formatNano(one.balanceNano),
    formatNano(one.freeNano),
    `${one.reputation}`,
    one.state.join(" "),
  ]);
  const text = [
    `Market ${addresses.market} on chain ${book.chainId}, block ${data.block}. ${when}`,
    `Vault ${formatNano(vaultNano)}, of it the incentive fund ${formatNano(incentiveFundNano)}.`,
    ...(periods.length === 0
      ? ["No period has begun."]
      : [
          formatTable([
            ["period", "phase", "opened", "trades", "Wh", "micro/kWh", "settled"],
            ...periodRows,
          ]),
        ]),
    formatTable([["account", "owner", "balance", "free", "reputation", "state"], ...accountRows]),
  ].join("\n");
  print(options.json, data, text);
});
