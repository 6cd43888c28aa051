import { deployMarket, type MarketFixture, type MarketOptions } from "./market.ts";

type Snapshot = Awaited<ReturnType<MarketFixture["networkHelpers"]["takeSnapshot"]>>;

interface Deployment {
  fixture: MarketFixture;
  fresh: Snapshot;
}

// A deployment takes longer than most tests: markets that are made alike share one, and its chain goes back to
// the start for each. Suites run one after the other.
const deployments = new Map<string, Promise<Deployment>>();

function deployOnce(options: MarketOptions): Promise<Deployment> {
  const key = JSON.stringify(options, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  let deployment = deployments.get(key);
  if (deployment === undefined) {
    deployment = deployMarket(options).then(async (fixture) => ({
      fixture,
      fresh: await fixture.networkHelpers.takeSnapshot(),
    }));
    deployments.set(key, deployment);
  }
  return deployment;
}

/**
 * A market with what `arrange` adds to it, once for the suite that calls this; each test finds it as arranged.
 * Not to be nested.
 * @returns what is there while a test runs
 */
export function stage<T extends object>(
  arrange: (fixture: MarketFixture) => Promise<T>,
  options: MarketOptions = {},
): MarketFixture & T {
  const scene = {} as MarketFixture & T;
  let arranged: Snapshot;
  before(async () => {
    const { fixture, fresh } = await deployOnce(options);
    await fresh.restore();
    Object.assign(scene, fixture, await arrange(fixture));
    arranged = await fixture.networkHelpers.takeSnapshot();
  });
  beforeEach(async () => {
    await arranged.restore();
  });
  return scene;
}
