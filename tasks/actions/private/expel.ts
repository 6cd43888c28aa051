import type { CommonOptions } from "../../context.ts";
import { explained } from "../../explain.ts";
import { expelOwner, unauthorisedParticipants } from "../../expel.ts";
import { print } from "../../output.ts";
import { openPrivateMarketAs } from "../../privateContext.ts";
import { address, type Given } from "../../values.ts";

interface ExpelOptions extends CommonOptions {
  owner: Given;
}

export default explained<ExpelOptions>(async (options, hre) => {
  const owner = options.owner === undefined ? undefined : address("--owner", options.owner);
  const context = await openPrivateMarketAs(hre, options);
  const expelled = owner === undefined ? await unauthorisedParticipants(context) : [owner];
  for (const participant of expelled) await expelOwner(context, participant);
  print(
    options.json,
    { expelled },
    expelled.length === 0
      ? "Nobody is to be expelled: all who have joined are authorised in the open market."
      : `Expelled ${expelled.join(", ")}: no new plans; what they have they keep.`,
  );
});
