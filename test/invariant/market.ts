import { expect } from "chai";
import { goTo } from "../helpers/market.ts";
import { RandomSource } from "../helpers/randomSource.ts";
import { stage } from "../helpers/stage.ts";
import { MarketWalk } from "./model/marketWalk.ts";

const FIRST_PERIOD = 90;

describe("random walks beside the model [M1] [M2] [M3] [M4] [M5] [M6] [M7] [M8] [M9] [M11]", () => {
  const scene = stage(
    async (fixture) => {
      await goTo(fixture, FIRST_PERIOD - 1, 1);
      return {};
    },
    {
      parameters: {
        gracePeriods: 2,
        settlementDue: 450,
        missedReadingsLimit: 3,
        minPriceMicroPerKwh: 1,
        minAverageWh: 500,
        marginNano: 1_000_000_000n,
        nonOpeningChargeNano: 40_000_000n,
      },
    },
  );

  const walk = (seed: number, periods: number) =>
    async function (this: Mocha.Context): Promise<void> {
      this.timeout(600_000);
      const walking = new MarketWalk(scene, new RandomSource(seed));
      await walking.run(FIRST_PERIOD, periods);
      const { trades, settled } = walking.seen();
      expect(trades).to.be.greaterThan(periods / 4);
      expect(settled).to.be.greaterThan(periods * 3);
      expect(walking.restarts).to.be.greaterThan(0);
    };

  for (const seed of [1, 2, 3]) it(`40 periods, seed ${seed}`, walk(seed, 40));
  for (let seed = 11; seed < 21; ++seed) it(`150 periods, seed ${seed} @long`, walk(seed, 150));
});
