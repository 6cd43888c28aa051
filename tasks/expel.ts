import { TaskInputError } from "./taskError.ts";
import type { PrivateContext } from "./privateContext.ts";
import { send } from "./send.ts";

type Expelling = Pick<PrivateContext, "pool" | "follower" | "market">;

/** Who can make private plans at an address; undefined where nobody can. */
export async function joinedAs(
  { follower }: Pick<Expelling, "follower">,
  address: string,
): Promise<bigint | undefined> {
  await follower.sync();
  return follower.state.participants.list.find(
    (one) => one.address === address && one.expelledAtBlock === undefined,
  )?.owner;
}

/**
 * Takes the private account of an address out of the private market.
 * @throws TaskInputError where it has none
 */
export async function expelOwner(context: Expelling, address: string): Promise<void> {
  const owner = await joinedAs(context, address);
  if (owner === undefined) {
    throw new TaskInputError(
      `${address} has not joined the private market, or was expelled.`,
      "Check --owner; nothing is left to do for who was expelled.",
    );
  }
  const { pool, follower } = context;
  await send(pool.expel(address, [...follower.state.participants.neighboursOfOwner(owner)]));
}

/** Addresses that have joined and are not authorised in the open market any more: anybody may expel them. */
export async function unauthorisedParticipants({ follower, market }: Expelling): Promise<string[]> {
  const joined = follower.state.participants.list.filter(
    ({ expelledAtBlock }) => expelledAtBlock === undefined,
  );
  const isAuthorised = await Promise.all(
    joined.map(async ({ address }) => {
      const participant = await market.participantOf(address);
      return participant !== 0n && (await market.accountOf(participant)).authorised;
    }),
  );
  return joined.filter((_, index) => !isAuthorised[index]).map(({ address }) => address);
}
