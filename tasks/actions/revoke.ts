import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface RevokeOptions extends CommonOptions {
  participant: Given;
}

export default explained<RevokeOptions>(async (options, hre) => {
  const participant = wholeNumber("--participant", options.participant);
  const { registry } = await openMarketAs(hre, options);
  await send(registry.revoke(participant));
  print(
    options.json,
    { participant },
    `Revoked: participant ${participant} seals no more orders; those that are sealed stay valid.`,
  );
});
