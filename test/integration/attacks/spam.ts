// What anybody can do for nothing must not make what everybody needs dear.
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { goTo, join } from "../../helpers/market.ts";
import { stage } from "../../helpers/stage.ts";
import { buy, report, sell, sent, settle, single, submit, trade } from "../../helpers/verbs.ts";

const PERIOD = 5;

describe("attack: spam", () => {
  const scene = stage(
    async (fixture) => {
      await goTo(fixture, PERIOD - 1, 1);
      const [a, b, ...spammers] = fixture.actors.people;
      const alice = await join(fixture, a!);
      const bob = await join(fixture, b!);
      return { alice, bob, spammers };
    },
    { accounts: 111 },
  );

  async function spam(): Promise<void> {
    for (const spammer of scene.spammers) {
      await scene.registry.connect(spammer).register({
        displayName: "spam",
        energyType: 0,
        greenPreference: false,
        microgrid: ZeroHash,
        location: ZeroHash,
      });
    }
  }

  async function gasOfSettlement(): Promise<bigint> {
    const { alice, bob, market } = scene;
    await trade(scene, PERIOD, [
      [alice, sell(10, 200_000)],
      [bob, buy(10, 200_000)],
    ]);
    await goTo(scene, PERIOD + 1, 1);
    for (const participant of [alice, bob]) await report(scene, participant, PERIOD, 0, 0);
    const { gasUsed } = await sent(market.settle(PERIOD, 2, 10_000));
    const { settledCount, accountCount } = await market.periodOf(PERIOD);
    expect(settledCount).to.equal(accountCount);
    return gasUsed;
  }

  it("a hundred registrations cost settlement nothing", async () => {
    await spam();
    expect(await scene.market.accountCount()).to.equal(3n);
    expect(await gasOfSettlement()).to.be.lessThan(300_000n);
  });

  it("settling an idle period of long ago does not keep the next order from opening", async () => {
    const { market, alice, actors } = scene;
    const later = PERIOD + 48;
    await goTo(scene, later - 1, 1);
    const opening = await submit(scene, alice, later, sell(10, 200_000));
    // One account of two, and of a period whose slot the next one needs.
    await market
      .connect(actors.stranger)
      .settle(later - 16, 2, 1)
      .catch(() => undefined);
    await goTo(scene, later - 1, 180);
    await market.openOrder(later, single(opening));
    expect((await market.orderOf(later, alice.id)).opened).to.be.true;
  });
});

describe("attack: settling before anybody has come", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, 1, 0);
    await expect(fixture.market.settle(0, 2, 10))
      .to.be.revertedWithCustomError(fixture.market, "NothingToSettle")
      .withArgs(0);
    await goTo(fixture, 7, 1);
    const alice = await join(fixture, fixture.actors.people[0]!);
    return { alice };
  });

  it("leaves the slot to the next period", async () => {
    const { market, alice } = scene;
    const opening = await submit(scene, alice, 8, sell(10, 200_000));
    await goTo(scene, 7, 180);
    await market.openOrder(8, single(opening));
    expect((await market.orderOf(8, alice.id)).opened).to.be.true;
    await goTo(scene, 7, 420);
    await market.clear(8, 10);
    await goTo(scene, 9, 1);
    await report(scene, alice, 8, 0, 0);
    expect(await settle(scene, 8)).to.have.length(1);
  });
});
