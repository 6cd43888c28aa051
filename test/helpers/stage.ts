import { deployMarket, type MarketFixture, type MarketOptions } from "./market.ts";

type Snapshot = Awaited<ReturnType<MarketFixture["networkHelpers"]["takeSnapshot"]>>;

interface Deployment {
  fixture: MarketFixture;
  goBack: () => Promise<void>;
}

/** Keeps a chain's state and time; a snapshot alone lets the chain's clock run on with that of the machine. */
async function keep({ networkHelpers }: MarketFixture): Promise<() => Promise<void>> {
  const { time } = networkHelpers;
  const snapshot: Snapshot = await networkHelpers.takeSnapshot();
  const now = await time.latest();
  return async () => {
    await snapshot.restore();
    await time.setNextBlockTimestamp(now + 1);
  };
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
      goBack: await keep(fixture),
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
  let goBack: () => Promise<void>;
  before(async () => {
    const { fixture, goBack: startAgain } = await deployOnce(options);
    await startAgain();
    Object.assign(scene, fixture, await arrange(fixture));
    goBack = await keep(fixture);
  });
  beforeEach(() => goBack());
  return scene;
}
