import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface LiftSuspensionOptions extends CommonOptions {
  participant: Given;
}

export default explained<LiftSuspensionOptions>(async (options, hre) => {
  const participant = wholeNumber("--participant", options.participant);
  const { market } = await openMarketAs(hre, options);
  await send(market.liftSuspension(participant));
  print(options.json, { participant }, `Lifted the suspension of participant ${participant}.`);
});
