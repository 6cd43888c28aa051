import { formatNano } from "../../sdk/formatNano.ts";
import { openMarketAs, ownParticipant, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";

export default explained<CommonOptions>(async (options, hre) => {
  const context = await openMarketAs(hre, options);
  const participant = await ownParticipant(context);
  await send(context.market.leaveMarket());
  const { freeNano, activeUntil } = await context.market.accountOf(participant);
  const lastPeriod = Number(activeUntil);
  print(
    options.json,
    { participant, lastPeriod, freeNano },
    `Participant ${participant} has left; ${formatNano(freeNano)} is free now, and the margin once its last period, ${lastPeriod}, is settled for sure.`,
  );
});
