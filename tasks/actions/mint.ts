import { formatNano } from "../../sdk/formatNano.ts";
import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { address, amountNano, type Given } from "../values.ts";

interface MintOptions extends CommonOptions {
  to: Given;
  amount: Given;
}

export default explained<MintOptions>(async (options, hre) => {
  const amount = amountNano("--amount", options.amount);
  const to = address("--to", options.to);
  const { token } = await openMarketAs(hre, options);
  // The community currency has 9 decimals: its unit is the nano.
  await send(token.mint(to, amount));
  print(options.json, { to, amountNano: amount }, `Minted ${formatNano(amount)} to ${to}.`);
});
