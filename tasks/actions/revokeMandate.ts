import { openMarketAs, ownParticipant, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";

export default explained<CommonOptions>(async (options, hre) => {
  const context = await openMarketAs(hre, options);
  const participant = await ownParticipant(context);
  await send(context.market.revokeMandate());
  print(options.json, { participant }, `Revoked the mandate of participant ${participant}.`);
});
