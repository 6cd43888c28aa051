import { parseMarketLog } from "../../sdk/events/marketEvent.ts";
import { decodeTradesFormed, type FormedTrade } from "../../sdk/events/tradesFormed.ts";
import { formatTable } from "../../sdk/formatTable.ts";
import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface ClearOptions extends CommonOptions {
  period: Given;
  maxSteps: Given;
}

/** Trades of one transaction: far below its gas limit. */
const DEFAULT_MAX_STEPS = "200";

export default explained<ClearOptions>(async (options, hre) => {
  const period = wholeNumber("--period", options.period);
  const maxSteps = wholeNumber("--max-steps", options.maxSteps ?? DEFAULT_MAX_STEPS);
  const { market } = await openMarketAs(hre, options);
  const trades: FormedTrade[] = [];
  for (let cleared = false; !cleared;) {
    const receipt = await send(market.clear(period, maxSteps));
    for (const log of receipt.logs) {
      const event = parseMarketLog(log);
      if (event?.name === "TradesFormed") trades.push(...decodeTradesFormed(event.trades));
      if (event?.name === "Cleared") cleared = true;
    }
  }
  const rows = trades.map(({ seller, buyer, energyWh, priceMicroPerKwh }) =>
    [seller, buyer, energyWh, priceMicroPerKwh].map(String),
  );
  print(
    options.json,
    { period, trades },
    trades.length === 0
      ? `Cleared period ${period}: no two orders met.`
      : `Cleared period ${period}.\n${formatTable([["seller", "buyer", "Wh", "micro/kWh"], ...rows])}`,
  );
});
