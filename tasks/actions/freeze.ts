import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface FreezeOptions extends CommonOptions {
  participant: Given;
}

/** Freezes or unfreezes an account. */
export const setFrozen = (frozen: boolean) =>
  explained<FreezeOptions>(async (options, hre) => {
    const participant = wholeNumber("--participant", options.participant);
    const { market } = await openMarketAs(hre, options);
    await send(market.setFrozen(participant, frozen));
    const done = frozen ? "Froze" : "Unfroze";
    print(options.json, { participant, frozen }, `${done} participant ${participant}.`);
  });

export default setFrozen(true);
