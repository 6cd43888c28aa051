import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface SettleOptions extends CommonOptions {
  period: Given;
}

const FIRST_PARTICIPANT = 2;
/** Accounts of one transaction: far below its gas limit. */
const PER_TRANSACTION = 100;

export default explained<SettleOptions>(async (options, hre) => {
  const period = wholeNumber("--period", options.period);
  const { market } = await openMarketAs(hre, options);
  const last = Number(await market.accountCount());
  for (let first = FIRST_PARTICIPANT; first <= last; first += PER_TRANSACTION)
    await send(market.settle(period, first, PER_TRANSACTION));
  const { settledCount, accountCount } = await market.periodOf(period);
  const [settled, accounts] = [Number(settledCount), Number(accountCount)];
  print(
    options.json,
    { period, settled, accounts },
    settled === accounts
      ? `Settled period ${period}: all ${accounts} accounts.`
      : `Settled ${settled} of ${accounts} accounts of period ${period}; the others' readings may still come.`,
  );
});
