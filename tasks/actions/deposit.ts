import { formatNano } from "../../sdk/formatNano.ts";
import { approve } from "../approve.ts";
import { openMarketAs, ownParticipant, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { amountNano, wholeNumber, type Given } from "../values.ts";

interface DepositOptions extends CommonOptions {
  amount: Given;
  participant: Given;
}

export default explained<DepositOptions>(async (options, hre) => {
  const amount = amountNano("--amount", options.amount);
  const context = await openMarketAs(hre, options);
  const participant =
    options.participant === undefined
      ? await ownParticipant(context)
      : wholeNumber("--participant", options.participant);
  await approve(context, context.signer.address, amount);
  await send(context.market.deposit(participant, amount));
  const { balanceNano } = await context.market.accountOf(participant);
  print(
    options.json,
    { participant, amountNano: amount, balanceNano },
    `Deposited ${formatNano(amount)} for participant ${participant}; its balance is ${formatNano(balanceNano)}.`,
  );
});
