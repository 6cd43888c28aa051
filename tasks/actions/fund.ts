import { formatNano } from "../../sdk/formatNano.ts";
import { approve } from "../approve.ts";
import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { amountNano, type Given } from "../values.ts";

interface FundOptions extends CommonOptions {
  amount: Given;
}

export default explained<FundOptions>(async (options, hre) => {
  const amount = amountNano("--amount", options.amount);
  const context = await openMarketAs(hre, options);
  await approve(context, context.signer.address, amount);
  await send(context.market.fundIncentives(amount));
  const incentiveFundNano = await context.market.incentiveFundNano();
  print(
    options.json,
    { amountNano: amount, incentiveFundNano },
    `The incentive fund holds ${formatNano(incentiveFundNano)}.`,
  );
});
