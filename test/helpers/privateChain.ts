// A private market on a chain in a process of its own, which serves JSON-RPC and nothing else. Started by
// `startPrivateChain`, with its options as JSON; it ends with whoever started it.
import { ROLES } from "../../ignition/modules/Sealwatt.ts";
import { attestingTag } from "./privateTraders.ts";
import { deployMarket, join } from "./market.ts";
import { deployPool, type PoolFixture } from "./privateMarket.ts";
import type { PrivateChainOptions, PrivateChainPlace } from "./privateChainClient.ts";
import { useRealVerifiers } from "./realVerifiers.ts";
import { serveRpc } from "./rpcServer.ts";

/** The pool's own actors come first among the people; the key holder is the last of them. */
const ACTORS = 5;
const NAMED_ACCOUNTS = 9;

async function serve(options: string, tell: (place: PrivateChainPlace) => void): Promise<void> {
  const given = JSON.parse(options) as PrivateChainOptions;
  const { participants, isProven, wealthNano, proven, periodLength, services } = given;
  const market = await deployMarket({
    accounts: NAMED_ACCOUNTS + ACTORS + participants + 1,
    ...(periodLength === undefined ? {} : { periodLength }),
  });
  const lengths = periodLength === undefined ? {} : { periodLength };
  const fixture = await deployPool(market, { terms: { ...lengths, ...given.terms } });
  if (isProven || proven !== undefined) await useRealVerifiers(fixture, proven);
  if (services !== undefined) await appoint(fixture, services);
  const { accessManager, actors, pool, token, connection, ethers } = fixture;
  await pool.connect(actors.operator).setGateway(actors.gateway.address, attestingTag());
  // The key holder proposes the matches that it has formed.
  const byAdmin = accessManager.connect(actors.admin);
  await byAdmin.grantRole(ROLES.matcher, actors.keyHolder.address, 0);
  const people = actors.people.slice(ACTORS, -1);
  for (const person of people) {
    await join(fixture, person, { depositNano: 0n });
    await token.connect(actors.treasurer).mint(person.address, wealthNano);
  }
  const { url } = await serveRpc(connection.provider);
  const place: PrivateChainPlace = {
    url,
    chainId: Number(fixture.poolId.chainId),
    pool: fixture.poolAddress,
    record: await fixture.record.getAddress(),
    token: await token.getAddress(),
    block: await ethers.provider.getBlockNumber(),
    people: people.map(({ address }) => address),
    matcher: actors.matcher.address,
    keyHolder: actors.keyHolder.address,
    gateway: actors.gateway.address,
  };
  tell(place);
  process.once("disconnect", () => process.exit());
}

/** Gives services with keys of their own what they need. */
async function appoint(
  { accessManager, pool, actors }: PoolFixture,
  { keyHolder, gateway, gatewayTag }: NonNullable<PrivateChainOptions["services"]>,
): Promise<void> {
  for (const role of [ROLES.matcher, ROLES.keyHolder]) {
    await accessManager.connect(actors.admin).grantRole(role, keyHolder, 0);
  }
  await pool.connect(actors.operator).setGateway(gateway, gatewayTag);
}

// The whole suite loads this file too.
const options = process.argv[2];
if (options?.startsWith("{") === true) {
  await serve(options, (place) => process.send!(place));
}
