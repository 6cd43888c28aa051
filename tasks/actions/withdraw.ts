import { formatNano } from "../../sdk/formatNano.ts";
import { openMarketAs, ownParticipant, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { address, amountNano, type Given } from "../values.ts";

interface WithdrawOptions extends CommonOptions {
  amount: Given;
  to: Given;
}

export default explained<WithdrawOptions>(async (options, hre) => {
  const amount = amountNano("--amount", options.amount);
  const context = await openMarketAs(hre, options);
  const participant = await ownParticipant(context);
  const to = options.to === undefined ? context.signer.address : address("--to", options.to);
  await send(context.market.withdraw(amount, to));
  const { balanceNano, freeNano } = await context.market.accountOf(participant);
  print(
    options.json,
    { participant, to, amountNano: amount, balanceNano, freeNano },
    `Withdrew ${formatNano(amount)} to ${to}; ${formatNano(freeNano)} more is free.`,
  );
});
