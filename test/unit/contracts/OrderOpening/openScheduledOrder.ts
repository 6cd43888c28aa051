import { expect } from "chai";
import { sealSchedule } from "../../../../sdk/orders/schedule.ts";
import { at, goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { buy, saltOf, scheduled, sell, type Quote } from "../../../helpers/verbs.ts";

const DAY = 1;
const FIRST = 96;

describe("OrderOpening: openScheduledOrder", () => {
  const scene = stage(async (fixture) => {
    const { market, domain, actors } = fixture;
    const owner = await join(fixture, actors.people[0]!, { greenSupply: true });
    await goTo(fixture, FIRST - 2, 1);
    let nonce = 0;
    const order = (period: number, quote: Quote) => ({ participant: owner.id, period, ...quote });
    const schedule = sealSchedule(
      domain,
      DAY,
      [
        order(FIRST, sell(1_000, 200_000)),
        order(FIRST + 1, buy(500, 300_000)),
        order(FIRST + 95, sell(7, 10_000)),
      ],
      () => saltOf(owner.id, DAY, ++nonce),
    );
    await market.connect(owner.owner).submitSchedule(DAY, schedule.root, schedule.periods, "0x");
    return { owner, schedule };
  });
  const opening = (period: number) => scheduled(scene.schedule.openings.get(period)!);

  it("shows the order of the first, a middle and the last period", async () => {
    const { market, owner } = scene;
    for (const [period, energyWh, lockedNano] of [
      [FIRST, 1_000, 0n],
      [FIRST + 1, 500, 150_000_000n],
    ] as const) {
      await goTo(scene, period - 1, 180);
      await expect(market.openScheduledOrder(period, opening(period))).to.emit(
        market,
        "OrdersOpened",
      );
      const order = await market.orderOf(period, owner.id);
      expect(order.energyWh).to.equal(energyWh);
      expect((await market.accountOf(owner.id)).lockedNano).to.equal(lockedNano);
    }
    await goTo(scene, FIRST + 94, 180);
    await market.openScheduledOrder(FIRST + 95, opening(FIRST + 95));
    expect((await market.orderOf(FIRST + 95, owner.id)).energyWh).to.equal(7n);
  });

  it("opens from gate closure until clearing begins", async () => {
    const { market } = scene;
    await at(scene, FIRST - 1, 179);
    await expect(market.openScheduledOrder(FIRST, opening(FIRST))).to.be.revertedWithCustomError(
      market,
      "OpeningNotBegun",
    );
    await at(scene, FIRST - 1, 420);
    await expect(market.openScheduledOrder(FIRST, opening(FIRST))).to.be.revertedWithCustomError(
      market,
      "OpeningClosed",
    );
  });

  it("refuses a second opening", async () => {
    const { market, owner } = scene;
    await goTo(scene, FIRST - 1, 180);
    await market.openScheduledOrder(FIRST, opening(FIRST));
    await expect(market.openScheduledOrder(FIRST, opening(FIRST)))
      .to.be.revertedWithCustomError(market, "AlreadyOpened")
      .withArgs(owner.id, FIRST);
  });

  it("refuses a path that leads to another root", async () => {
    const { market, owner } = scene;
    await goTo(scene, FIRST - 1, 180);
    for (const level of [0, 3, 6]) {
      const wrong = opening(FIRST);
      wrong.proof[level] = saltOf(0, 0, 99);
      await expect(market.openScheduledOrder(FIRST, wrong))
        .to.be.revertedWithCustomError(market, "UnknownCommitment")
        .withArgs(owner.id, FIRST, (value: string) => value.length === 66);
    }
  });

  it("refuses the schedule's order of another period", async () => {
    const { market } = scene;
    await goTo(scene, FIRST - 1, 180);
    await expect(market.openScheduledOrder(FIRST, opening(FIRST + 1))).to.be.revert(scene.ethers);
    await goTo(scene, FIRST + 94, 180);
    await expect(market.openScheduledOrder(FIRST + 95, opening(FIRST))).to.be.revert(scene.ethers);
  });

  it("refuses the order of a participant without a schedule", async () => {
    const { market } = scene;
    await goTo(scene, FIRST - 1, 180);
    const foreign = opening(FIRST);
    foreign.opening += 1n;
    await expect(market.openScheduledOrder(FIRST, foreign)).to.be.revertedWithCustomError(
      market,
      "UnknownCommitment",
    );
  });

  it("refuses bits that mean nothing", async () => {
    const { market } = scene;
    await goTo(scene, FIRST - 1, 180);
    for (const bit of [113n, 127n, 248n, 255n]) {
      const wrong = opening(FIRST);
      wrong.opening |= 1n << bit;
      // Above the periods, the bits are taken for periods first, and lead to another root.
      await expect(market.openScheduledOrder(FIRST, wrong)).to.be.revertedWithCustomError(
        market,
        bit < 248n ? "MalformedOrder" : "UnknownCommitment",
      );
    }
  });

  it("refuses other periods than were sealed", async () => {
    const { market, owner } = scene;
    await goTo(scene, FIRST - 1, 180);
    const wrong = opening(FIRST);
    wrong.opening ^= 1n << (152n + 50n);
    await expect(market.openScheduledOrder(FIRST, wrong))
      .to.be.revertedWithCustomError(market, "UnknownCommitment")
      .withArgs(owner.id, FIRST, (value: string) => value.length === 66);
  });

  it("refuses a period that no order can have", async () => {
    const { market } = scene;
    await expect(market.openScheduledOrder(0, opening(FIRST)))
      .to.be.revertedWithCustomError(market, "PeriodOutOfRange")
      .withArgs(0);
  });
});
