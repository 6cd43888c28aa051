import { expect } from "chai";
import type { SettledAccount } from "../../../../sdk/events/accountsSettled.ts";
import { at, goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { setBalance } from "../../../helpers/storage.ts";
import {
  buy,
  report,
  sealAndOpen,
  sell,
  sent,
  settlementsOf,
  trade,
  tradesOf,
} from "../../../helpers/verbs.ts";

const PERIOD = 5;

describe("Clearing: clear", () => {
  const scene = stage(
    async (fixture) => {
      await goTo(fixture, PERIOD - 1, 1);
      const people = fixture.actors.people;
      const sun = await join(fixture, people[0]!, { greenSupply: true, greenPreference: true });
      const coal = await join(fixture, people[1]!);
      const car = await join(fixture, people[2]!, { greenSupply: true, greenPreference: true });
      const home = await join(fixture, people[3]!);
      return { sun, coal, car, home };
    },
    { parameters: { minPriceMicroPerKwh: 1 } },
  );
  const startsAt = () => scene.genesis + (PERIOD - 1) * 900 + 420;

  it("begins when opening ends, not a second before", async () => {
    const { market, sun, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(10, 100_000)],
      [home, buy(10, 300_000)],
    ]);
    await at(scene, PERIOD - 1, 419);
    await expect(market.clear(PERIOD, 10))
      .to.be.revertedWithCustomError(market, "ClearingNotBegun")
      .withArgs(PERIOD, startsAt());
    await at(scene, PERIOD - 1, 420);
    const receipt = await sent(market.clear(PERIOD, 10));
    expect(tradesOf(scene, receipt)).to.deep.equal([
      { seller: sun.id, buyer: home.id, energyWh: 10, priceMicroPerKwh: 200_000 },
    ]);
    const { totals } = await market.periodOf(PERIOD);
    await expect(market.clear(PERIOD, 10))
      .to.be.revertedWithCustomError(market, "AlreadyCleared")
      .withArgs(PERIOD);
    expect([...totals]).to.deep.equal([10n, 2_000_000n, 1n]);
  });

  it("has nothing to clear without opened orders, in no period", async () => {
    const { market } = scene;
    await goTo(scene, PERIOD - 1, 420);
    for (const period of [0n, BigInt(PERIOD), BigInt(PERIOD + 1), 1n << 24n, 1n << 255n]) {
      await expect(market.clear(period, 10))
        .to.be.revertedWithCustomError(market, "NothingToClear")
        .withArgs(period);
    }
  });

  it("still clears after it was due, and after delivery", async () => {
    const { market, sun, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(10, 100_000)],
      [home, buy(10, 300_000)],
    ]);
    await goTo(scene, PERIOD + 3, 1);
    await expect(market.clear(PERIOD, 10)).to.emit(market, "Cleared");
  });

  it("logs the totals when it is done", async () => {
    const { market, sun, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(10, 100_000)],
      [home, buy(10, 300_001)],
    ]);
    await goTo(scene, PERIOD - 1, 420);
    await expect(market.clear(PERIOD, 10))
      .to.emit(market, "Cleared")
      .withArgs(PERIOD, [10n, 2_000_000n, 1n]);
    expect((await market.periodOf(PERIOD)).phase).to.equal(3n);
  });

  it("lets green meet green first, then everybody", async () => {
    const { market, sun, coal, car, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(10, 300_000)],
      [coal, sell(10, 100_000)],
      [car, buy(15, 400_000)],
      [home, buy(3, 500_000)],
    ]);
    await goTo(scene, PERIOD - 1, 420);
    expect(tradesOf(scene, await sent(market.clear(PERIOD, 10)))).to.deep.equal([
      { seller: sun.id, buyer: car.id, energyWh: 10, priceMicroPerKwh: 350_000 },
      { seller: coal.id, buyer: home.id, energyWh: 3, priceMicroPerKwh: 300_000 },
      { seller: coal.id, buyer: car.id, energyWh: 5, priceMicroPerKwh: 250_000 },
    ]);
  });

  it("gives a tie to the lower participant, whoever opened first", async () => {
    const { market, sun, coal, car, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [home, sell(1, 100_000)],
      [coal, sell(1, 100_000)],
      [car, buy(1, 100_000)],
      [sun, buy(1, 100_000)],
    ]);
    await goTo(scene, PERIOD - 1, 420);
    expect(tradesOf(scene, await sent(market.clear(PERIOD, 10)))).to.deep.equal([
      { seller: coal.id, buyer: sun.id, energyWh: 1, priceMicroPerKwh: 100_000 },
      { seller: home.id, buyer: car.id, energyWh: 1, priceMicroPerKwh: 100_000 },
    ]);
  });

  it("trades at equal quotes and not where the ask is a micro above", async () => {
    const { market, sun, coal, car, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(1, 100_000)],
      [coal, buy(1, 100_000)],
      [car, sell(1, 200_001)],
      [home, buy(1, 200_000)],
    ]);
    await goTo(scene, PERIOD - 1, 420);
    expect(tradesOf(scene, await sent(market.clear(PERIOD, 10)))).to.deep.equal([
      { seller: sun.id, buyer: home.id, energyWh: 1, priceMicroPerKwh: 150_000 },
    ]);
  });

  it("forms as many trades a call as it was told, and keeps its place", async () => {
    const { market, sun, coal, car, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(10, 100_000)],
      [coal, sell(10, 110_000)],
      [car, buy(15, 400_000)],
      [home, buy(3, 500_000)],
    ]);
    await goTo(scene, PERIOD - 1, 420);
    expect(await market.clear.staticCall(PERIOD, 0)).to.be.false;
    expect(tradesOf(scene, await sent(market.clear(PERIOD, 0)))).to.be.empty;
    const trades = [];
    for (let calls = 0; calls < 3; ++calls) {
      const formed = tradesOf(scene, await sent(market.clear(PERIOD, 1)));
      expect(formed).to.have.length(1);
      trades.push(...formed);
    }
    expect((await market.periodOf(PERIOD)).phase).to.equal(2n);
    expect(await market.clear.staticCall(PERIOD, 1)).to.be.true;
    await expect(market.clear(PERIOD, 1)).not.to.emit(market, "TradesFormed");
    expect(trades).to.deep.equal([
      { seller: sun.id, buyer: car.id, energyWh: 10, priceMicroPerKwh: 250_000 },
      { seller: coal.id, buyer: home.id, energyWh: 3, priceMicroPerKwh: 305_000 },
      { seller: coal.id, buyer: car.id, energyWh: 5, priceMicroPerKwh: 255_000 },
    ]);
    const order = await market.orderOf(PERIOD, coal.id);
    expect(order.filledWh).to.equal(8n);
    expect(order.tradeNano).to.equal(3n * 305_000n + 5n * 255_000n);
  });

  it("takes any number of steps", async () => {
    const { market, sun, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(10, 100_000)],
      [home, buy(10, 300_000)],
    ]);
    await goTo(scene, PERIOD - 1, 420);
    await expect(market.clear(PERIOD, (1n << 256n) - 1n)).to.emit(market, "Cleared");
  });

  it("clears a book of one side without a trade", async () => {
    const { market, sun, coal } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(10, 100_000)],
      [coal, sell(10, 300_000)],
    ]);
    await goTo(scene, PERIOD - 1, 420);
    await expect(market.clear(PERIOD, 1)).to.emit(market, "Cleared").withArgs(PERIOD, [0n, 0n, 0n]);
  });

  it("has buyers pay at once, from chunk to chunk", async () => {
    const { market, sun, coal, home } = scene;
    await sealAndOpen(scene, PERIOD, [
      [sun, sell(4, 100_000)],
      [coal, sell(10, 110_000)],
      [home, buy(10, 300_000)],
    ]);
    const before = (await market.accountOf(home.id)).balanceNano;
    expect((await market.accountOf(home.id)).lockedNano).to.equal(3_000_000n);
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 1);
    let account = await market.accountOf(home.id);
    expect(account.balanceNano).to.equal(before - 800_000n);
    expect(account.lockedNano).to.equal(2_200_000n);
    await market.clear(PERIOD, 1);
    account = await market.accountOf(home.id);
    expect(account.balanceNano).to.equal(before - 800_000n - 1_230_000n);
    await market.clear(PERIOD, 1);
    account = await market.accountOf(home.id);
    expect(account.lockedNano).to.equal(0n);
    expect((await market.accountOf(sun.id)).balanceNano).to.equal(before);
  });

  it("has a trade of a single nano paid, the least there is", async () => {
    const { market, coal, home } = scene;
    const before = (await market.accountOf(home.id)).balanceNano;
    const trades = await trade(scene, PERIOD, [
      [coal, sell(1, 1)],
      [home, buy(1, 1)],
    ]);
    expect(trades).to.deep.equal([
      { seller: coal.id, buyer: home.id, energyWh: 1, priceMicroPerKwh: 1 },
    ]);
    expect((await market.orderOf(PERIOD, coal.id)).tradeNano).to.equal(1n);
    expect((await market.accountOf(home.id)).balanceNano).to.equal(before - 1n);
  });

  describe("is done in one call, and says so, where one side runs out", () => {
    const books: [string, (s: typeof scene) => Parameters<typeof sealAndOpen>[2]][] = [
      [
        "green bids before green offers",
        (s) => [
          [s.sun, sell(10, 100_000)],
          [s.car, buy(4, 300_000)],
        ],
      ],
      [
        "green offers before green bids",
        (s) => [
          [s.sun, sell(4, 100_000)],
          [s.car, buy(10, 300_000)],
        ],
      ],
      [
        "plain bids before plain offers",
        (s) => [
          [s.coal, sell(10, 100_000)],
          [s.home, buy(4, 300_000)],
        ],
      ],
      [
        "all bids before all offers",
        (s) => [
          [s.sun, sell(10, 100_000)],
          [s.coal, sell(10, 100_000)],
          [s.car, buy(4, 300_000)],
          [s.home, buy(4, 300_000)],
        ],
      ],
    ];
    for (const [name, book] of books) {
      it(name, async () => {
        const { market } = scene;
        await sealAndOpen(scene, PERIOD, book(scene));
        await goTo(scene, PERIOD - 1, 420);
        expect(await market.clear.staticCall(PERIOD, 100)).to.be.true;
        await expect(market.clear(PERIOD, 100)).to.emit(market, "Cleared");
        expect((await market.orderOf(PERIOD, 0)).opened).to.be.false;
      });
    }
  });

  describe("cuts a bid to what its owner can pay", () => {
    for (const steps of [1, 100]) {
      const clearWith = async (balanceNano: bigint) => {
        const { market, sun, coal, home, car } = scene;
        await sealAndOpen(scene, PERIOD, [
          [home, buy(10, 300_000)],
          [car, buy(10, 250_000)],
          [sun, sell(4, 100_000)],
          [coal, sell(10, 110_000)],
        ]);
        await setBalance(scene, home.id, balanceNano);
        await goTo(scene, PERIOD - 1, 420);
        const trades = [];
        while ((await market.periodOf(PERIOD)).phase !== 3n) {
          trades.push(...tradesOf(scene, await sent(market.clear(PERIOD, steps))));
        }
        return trades;
      };
      const first = () => ({
        seller: scene.sun.id,
        buyer: scene.car.id,
        energyWh: 4,
        priceMicroPerKwh: 175_000,
      });
      // Green meets green first: the sun's 4 Wh go to the car.

      it(`fills it where the balance just pays the mid prices (${steps} steps)`, async () => {
        const { coal, home, market } = scene;
        expect(await clearWith(2_050_000n)).to.deep.equal([
          first(),
          { seller: coal.id, buyer: home.id, energyWh: 10, priceMicroPerKwh: 205_000 },
        ]);
        expect((await market.accountOf(home.id)).balanceNano).to.equal(0n);
      });

      it(`cuts it a nano below and gives the rest to the next bid (${steps} steps)`, async () => {
        const { coal, home, car, market } = scene;
        expect(await clearWith(2_049_999n)).to.deep.equal([
          first(),
          { seller: coal.id, buyer: home.id, energyWh: 9, priceMicroPerKwh: 205_000 },
          { seller: coal.id, buyer: car.id, energyWh: 1, priceMicroPerKwh: 180_000 },
        ]);
        expect((await market.accountOf(home.id)).balanceNano).to.equal(204_999n);
      });

      it(`passes over who cannot pay a watt-hour (${steps} steps)`, async () => {
        const { coal, car, market, home } = scene;
        expect(await clearWith(204_999n)).to.deep.equal([
          first(),
          { seller: coal.id, buyer: car.id, energyWh: 6, priceMicroPerKwh: 180_000 },
        ]);
        expect((await market.orderOf(PERIOD, home.id)).filledWh).to.equal(0n);
        expect((await market.periodOf(PERIOD)).totals.trades).to.equal(2n);
      });
    }
  });

  describe("charges a bid at settlement where its owner could not pay what it got to buy", () => {
    /** Clears 4 Wh at 200,000 each, or what `home` can pay of them, and settles its account. */
    async function settleBuyer(bidWh: number, balanceNano: bigint) {
      const { market, coal, home } = scene;
      await sealAndOpen(scene, PERIOD, [
        [home, buy(bidWh, 300_000)],
        [coal, sell(4, 100_000)],
      ]);
      await setBalance(scene, home.id, balanceNano);
      await goTo(scene, PERIOD - 1, 420);
      await market.clear(PERIOD, 10);
      const { filledWh } = await market.orderOf(PERIOD, home.id);
      await goTo(scene, PERIOD + 1, 1);
      await report(scene, home, PERIOD, filledWh, 0);
      const receipt = await sent(market.settle(PERIOD, home.id, 1));
      const [{ charged, chargeNano }] = settlementsOf(scene, receipt) as [SettledAccount];
      return { filledWh: Number(filledWh), charged, chargeNano };
    }
    const free = { charged: false, chargeNano: 0n };

    for (const [bidWh, fill] of [
      [4, "fill it whole"],
      [10, "buy all that is offered"],
    ] as const) {
      it(`not where its means just ${fill}`, async () => {
        expect(await settleBuyer(bidWh, 800_000n)).to.deep.equal({ filledWh: 4, ...free });
      });

      it(`where they do not ${fill} by a nano`, async () => {
        expect(await settleBuyer(bidWh, 799_999n)).to.deep.equal({
          filledWh: 3,
          charged: true,
          chargeNano: 100_000_000n,
        });
      });
    }
  });
});
