// A commitment binds chain, market, participant, period and order: it opens there and nowhere else.
import { expect } from "chai";
import { commitmentDomain, hashOrder } from "../../../sdk/orders/commitment.ts";
import { goTo, join } from "../../helpers/market.ts";
import { deployBeside } from "../../helpers/otherMarkets.ts";
import { stage } from "../../helpers/stage.ts";
import { buy, openingOf, sell, single, submit } from "../../helpers/verbs.ts";

const PERIOD = 5;

describe("attack: replay and opening for others", () => {
  const scene = stage(async (fixture) => {
    const [a, b] = fixture.actors.people;
    const alice = await join(fixture, a!);
    const mallory = await join(fixture, b!);
    await goTo(fixture, PERIOD - 1, 1);
    return { alice, mallory };
  });

  it("a commitment of another market or another chain does not open", async () => {
    const { market, alice, registry, marketAddress } = scene;
    const opening = openingOf(alice, PERIOD, sell(10, 200_000));
    const domains = [
      commitmentDomain(31337, await registry.getAddress()),
      commitmentDomain(1, marketAddress),
    ];
    for (const domain of domains) {
      const commitment = hashOrder(domain, opening.order, opening.salt);
      await market.connect(alice.owner).submitOrder(PERIOD, commitment, "0x");
    }
    await goTo(scene, PERIOD - 1, 180);
    await expect(market.openOrder(PERIOD, single(opening))).to.be.revertedWithCustomError(
      market,
      "UnknownCommitment",
    );
  });

  it("an opening that is good in one market is none in another", async () => {
    const { market, alice, token } = scene;
    const other = await deployBeside(scene, token);
    expect(other.domain).not.to.equal(scene.domain);
    expect(await other.market.commitmentDomain()).to.equal(other.domain);
    expect(await market.commitmentDomain()).to.equal(scene.domain);
    const opening = await submit(scene, alice, PERIOD, sell(10, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    await expect(other.market.openOrder(PERIOD, single(opening))).to.be.revertedWithCustomError(
      other.market,
      "UnknownCommitment",
    );
    await market.openOrder(PERIOD, single(opening));
  });

  it("last period's opening does not open in the next", async () => {
    const { market, alice } = scene;
    const opening = await submit(scene, alice, PERIOD, sell(10, 200_000));
    await goTo(scene, PERIOD, 180);
    await expect(market.openOrder(PERIOD + 1, single(opening))).to.be.revertedWithCustomError(
      market,
      "UnknownCommitment",
    );
    await goTo(scene, PERIOD + 7, 180);
    await expect(market.openOrder(PERIOD + 8, single(opening))).to.be.revertedWithCustomError(
      market,
      "UnknownCommitment",
    );
  });

  it("whoever has the opening may open, and that changes nothing for its owner", async () => {
    const { market, alice, actors } = scene;
    const opening = await submit(scene, alice, PERIOD, buy(10, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    await market.connect(actors.stranger).openOrder(PERIOD, single(opening));
    expect((await market.orderOf(PERIOD, alice.id)).opened).to.be.true;
    expect((await market.accountOf(alice.id)).lockedNano).to.equal(2_000_000n);
    expect(await market.participantOf(actors.stranger.address)).to.equal(0n);
  });

  it("an operator who revokes after sealing does not void the order", async () => {
    const { market, registry, alice, actors } = scene;
    const opening = await submit(scene, alice, PERIOD, sell(10, 200_000));
    await registry.connect(actors.operator).revoke(alice.id);
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrder(PERIOD, single(opening));
    expect((await market.orderOf(PERIOD, alice.id)).opened).to.be.true;
  });

  it("a batch opens though it holds garbage of others", async () => {
    const { market, alice, mallory } = scene;
    const good = await submit(scene, alice, PERIOD, sell(10, 200_000));
    const bad = await submit(scene, mallory, PERIOD, sell(0, 200_000));
    const unsealed = openingOf({ id: 2 ** 24 - 1 }, PERIOD, sell(1, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrders(
      PERIOD,
      [bad, unsealed, good, bad].map((opening) => single(opening)),
    );
    expect((await market.periodOf(PERIOD)).openedCount).to.equal(1n);
  });

  it("a buyer cannot take its money between opening and clearing", async () => {
    const { market, alice, mallory } = scene;
    const offer = await submit(scene, alice, PERIOD, sell(1_000, 200_000));
    const bid = await submit(scene, mallory, PERIOD, buy(1_000, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrders(PERIOD, [single(offer), single(bid)]);
    const me = market.connect(mallory.owner);
    const { freeNano } = await market.accountOf(mallory.id);
    await me.withdraw(freeNano, mallory.owner.address);
    await expect(me.withdraw(1n, mallory.owner.address))
      .to.be.revertedWithCustomError(market, "InsufficientFree")
      .withArgs(mallory.id, 1n, 0n);
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 10);
    expect((await market.orderOf(PERIOD, mallory.id)).filledWh).to.equal(1_000n);
  });
});
