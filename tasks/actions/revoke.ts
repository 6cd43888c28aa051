import { privateMarketAt } from "../../sdk/deployment/contracts.ts";
import { openMarketAs, type CommonOptions } from "../context.ts";
import { expelOwner, joinedAs } from "../expel.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { followPool } from "../privateContext.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface RevokeOptions extends CommonOptions {
  participant: Given;
}

export default explained<RevokeOptions>(async (options, hre) => {
  const participant = wholeNumber("--participant", options.participant);
  const context = await openMarketAs(hre, options);
  const { registry, market, book, signer } = context;
  await send(registry.revoke(participant));
  const revoked = `Revoked: participant ${participant} seals no more orders; those that are sealed stay valid.`;
  if (book.privateMarket === undefined) {
    print(options.json, { participant }, revoked);
    return;
  }
  // Nothing of the open market is seen in a private plan: without this it would go on there.
  const { owner } = await market.accountOf(participant);
  const follower = await followPool(context);
  const expelled = (await joinedAs({ follower }, owner)) !== undefined;
  const pool = privateMarketAt(book.privateMarket.pool, signer);
  if (expelled) await expelOwner({ pool, follower, market }, owner);
  print(
    options.json,
    { participant, expelled },
    expelled ? `${revoked} It makes no more private plans.` : revoked,
  );
});
