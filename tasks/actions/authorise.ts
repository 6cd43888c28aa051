import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { address, type Given } from "../values.ts";

interface AuthoriseOptions extends CommonOptions {
  owner: Given;
}

export default explained<AuthoriseOptions>(async (options, hre) => {
  const owner = address("--owner", options.owner);
  const { registry, market } = await openMarketAs(hre, options);
  await send(registry.authorise(owner));
  const participant = Number(await market.participantOf(owner));
  print(options.json, { owner, participant }, `Authorised ${owner} as participant ${participant}.`);
});
