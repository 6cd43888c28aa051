import { formatNano } from "../../sdk/formatNano.ts";
import { openMarketAs, ownParticipant, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface PayDuesOptions extends CommonOptions {
  participant: Given;
}

export default explained<PayDuesOptions>(async (options, hre) => {
  const context = await openMarketAs(hre, options);
  const { market } = context;
  const participant =
    options.participant === undefined
      ? await ownParticipant(context)
      : wholeNumber("--participant", options.participant);
  await send(market.payDues(participant));
  const [dues, { balanceNano }] = await Promise.all([
    market.duesOf(participant),
    market.accountOf(participant),
  ]);
  const owesNano = dues.owesGridNano + dues.owesFundNano;
  const isOwedNano = dues.gridOwesNano + dues.fundOwesNano;
  print(
    options.json,
    { participant, balanceNano, owesNano, isOwedNano },
    `Participant ${participant} has ${formatNano(balanceNano)}; it still owes ${formatNano(owesNano)} and is owed ${formatNano(isOwedNano)}.`,
  );
});
