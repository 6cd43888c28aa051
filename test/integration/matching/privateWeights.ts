import { expect } from "chai";
import { DEFAULT_FEATURES } from "../../../sdk/private/matching/defaultFeatures.ts";
import type { FeatureSchema } from "../../../sdk/private/matching/featureSchema.ts";
import { eventually, MatchingScene, timesOf } from "../../helpers/matchingScene.ts";

const SCHEMA: FeatureSchema = { ...DEFAULT_FEATURES, resolution: 250, weights: "private" };
const PERIOD = 9n;

describe("a matcher where each buyer has weights of its own", function () {
  this.timeout(120_000);
  let scene: MatchingScene;

  before(async () => {
    scene = await MatchingScene.start({ traders: 3, schema: SCHEMA });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startServices();
  });

  after(() => scene.stop());

  it("has offers' squares checked, and gives a buyer the offer that suits its weights", async () => {
    const [near, green, buyer] = scene.traders;
    // One offer is near, the other green and far: this buyer does not care for the way.
    const ofNear = await scene.submit(near!, PERIOD, {
      side: "sell",
      features: { environmentalIndex: 10 },
    });
    const ofGreen = await scene.submit(green!, PERIOD, {
      side: "sell",
      features: { environmentalIndex: 90, eastM: 9_000, northM: 9_000 },
    });
    const bid = await scene.submit(buyer!, PERIOD, {
      side: "buy",
      features: { environmentalIndex: 90 },
      ownWeights: { environmentalIndex: 15, eastM: 0, northM: 0 },
    });
    for (const plan of [ofNear, ofGreen, bid]) await scene.upload(plan);
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS);
    const roundOf = () => scene.matcher.status.periods[0]?.rounds[0];
    await eventually("a round is finished", () => roundOf()?.state === "finished", 40_000);
    expect(roundOf()).to.include({ offers: 2, cheaters: 0, ranksTold: 1, proposed: 1 });
    const { person } = buyer!;
    await person.sync();
    expect(person.store.matches.map(({ match }) => match.sellPlan)).to.deep.equal([
      ofGreen.commitment,
    ]);
    expect(scene.matcher.status.evidence).to.deep.equal([]);
  });
});
