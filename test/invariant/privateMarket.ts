import { expect } from "chai";
import { stagePool } from "../helpers/privateMarket.ts";
import { joinPool } from "../helpers/privateVerbs.ts";
import { RandomSource } from "../helpers/randomSource.ts";
import { PrivateWalk } from "./model/privateWalk.ts";

/** What each walk must have come to, lest it passes because nothing happens in it. */
const MILESTONES = [
  "submitPlan taken",
  "confirm taken",
  "lapse taken",
  "refund taken",
  "reportActual taken",
  "settle taken",
  "confirm ConfirmationClosed",
  "refund RefundTooEarly",
  "settle SettlementNotBegun",
];

describe("random walks of the private market beside the model [P1] [P2] [P3] [P4] [P5] [P6]", () => {
  const scene = stagePool(async (fixture) => {
    await joinPool(fixture, fixture.actors.seller);
    return {};
  });

  const walk = (seed: number, steps: number) =>
    async function (this: Mocha.Context): Promise<void> {
      this.timeout(600_000);
      const walking = new PrivateWalk(scene, new RandomSource(seed));
      await walking.run(steps);
      for (const milestone of MILESTONES) {
        expect(walking.seen.get(milestone) ?? 0, milestone).to.be.greaterThan(0);
      }
    };

  for (const seed of [1, 2, 3]) it(`300 steps, seed ${seed}`, walk(seed, 300));
  for (let seed = 11; seed < 21; ++seed) it(`2,000 steps, seed ${seed} @long`, walk(seed, 2_000));
});
