// Nobody makes money by rounding, by a thin price, or by trading with itself.
import { expect } from "chai";
import { goTo, join, pay } from "../../helpers/market.ts";
import { RandomSource } from "../../helpers/randomSource.ts";
import { stage } from "../../helpers/stage.ts";
import { buy, report, sell, settle, trade } from "../../helpers/verbs.ts";

const PERIOD = 5;

describe("attack: money", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 1, 1);
    const [a, b] = fixture.actors.people;
    const one = await join(fixture, a!);
    const two = await join(fixture, b!);
    await pay(fixture, 1, 10n ** 12n);
    return { one, two };
  });

  const wealth = async () => {
    const { market, one, two } = scene;
    const accounts = await Promise.all([market.accountOf(one.id), market.accountOf(two.id)]);
    return accounts.reduce((sum, { balanceNano }) => sum + balanceNano, 0n);
  };

  it("dust rounds against who has it", async () => {
    const { one, two, market } = scene;
    const random = new RandomSource(5);
    let before = await wealth();
    const fundNano = await market.incentiveFundNano();
    let [imported, exported] = [0, 0];
    for (let period = PERIOD; period < PERIOD + 24; period += 2) {
      // Prices at which a watt-hour's share never divides.
      await trade(scene, period, [
        [one, sell(1, 100_003 + random.integer(0, 7))],
        [two, buy(1, 100_011 + random.integer(0, 7))],
      ]);
      await goTo(scene, period + 1, 1);
      if (period > PERIOD) {
        await report(scene, one, period - 1, 0, exported);
        await report(scene, two, period - 1, imported, 0);
        await settle(scene, period - 1);
      }
      exported += random.integer(0, 2);
      imported += random.integer(0, 2);
      await report(scene, one, period, 0, exported);
      await report(scene, two, period, imported, 0);
      const settled = await settle(scene, period);
      expect(settled).to.have.length(2);
      const after = await wealth();
      // What the two have gained came out of nothing but surplus energy at nine tenths of the price.
      const surplusNano = settled.reduce(
        (sum, s) =>
          sum + (s.short ? -s.imbalanceNano : s.imbalanceNano) + s.rewardNano - s.penaltyNano,
        0n,
      );
      expect(after - before <= surplusNano).to.be.true;
      before = after;
    }
    expect((await market.incentiveFundNano()) >= fundNano).to.be.true;
  });

  it("a position that is moved between two own meters costs and does not earn", async () => {
    const { one, two } = scene;
    const before = await wealth();
    await trade(scene, PERIOD, [
      [one, sell(1_000, 200_000)],
      [two, buy(1_000, 200_000)],
    ]);
    await goTo(scene, PERIOD + 1, 1);
    // Nothing flows: the seller is short, the buyer long.
    await report(scene, one, PERIOD, 0, 0);
    await report(scene, two, PERIOD, 0, 0);
    await settle(scene, PERIOD);
    expect((await wealth()) < before).to.be.true;
  });

  it("a watt-hour at the top of the band does not make the period's price", async () => {
    const { one, two, market, parameters } = scene;
    expect(parameters.minAverageWh).to.be.greaterThan(1);
    await trade(scene, PERIOD, [
      [one, sell(1, 1_000_000)],
      [two, buy(1, 1_000_000)],
    ]);
    expect(await market.averagePriceMicroPerKwhDown(PERIOD)).to.equal(
      parameters.referencePriceMicroPerKwh,
    );
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, one, PERIOD, 0, 10_001);
    const [settled] = await settle(scene, PERIOD);
    expect(settled!.imbalanceNano).to.equal(
      (10_000n * BigInt(parameters.referencePriceMicroPerKwh) * 9n) / 10n,
    );
  });

  describe("the average counts from the least energy on", () => {
    for (const below of [1, 0]) {
      it(below === 1 ? "one Wh below: reference price" : "at it: the trades' average", async () => {
        const { one, two, market, parameters } = scene;
        await trade(scene, PERIOD, [
          [one, sell(parameters.minAverageWh - below, 300_000)],
          [two, buy(parameters.minAverageWh - below, 300_000)],
        ]);
        expect(await market.averagePriceMicroPerKwhDown(PERIOD)).to.equal(
          below === 1 ? parameters.referencePriceMicroPerKwh : 300_000,
        );
      });
    }
  });
});
