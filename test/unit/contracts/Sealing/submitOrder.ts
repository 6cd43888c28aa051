import { expect } from "chai";
import { ZeroHash } from "ethers";
import { at, goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { setBalance, slotOf, wordAt } from "../../../helpers/storage.ts";
import { buy, openingOf, report, saltOf, settle, single, submit } from "../../../helpers/verbs.ts";
import { hashOrder } from "../../../../sdk/orders/commitment.ts";

const PERIOD = 5;
const COMMITMENT = saltOf(1, 1);

describe("Sealing: submitOrder", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 2, 1);
    const [a, b] = fixture.actors.people;
    const alice = await join(fixture, a!);
    const bob = await join(fixture, b!);
    return { alice, bob, me: fixture.market.connect(alice.owner) };
  });

  it("stores the commitment with its period and logs the encrypted opening", async () => {
    const { market, me, alice } = scene;
    await goTo(scene, PERIOD - 1, 1);
    await expect(me.submitOrder(PERIOD, COMMITMENT, "0x1234"))
      .to.emit(market, "OrderSealed")
      .withArgs(alice.id, PERIOD, COMMITMENT, "0x1234");
    const word = (BigInt(COMMITMENT) & ~0xffffffffn) | (BigInt(PERIOD) << 1n);
    expect(await market.sealOf(alice.id, PERIOD)).to.equal(word);
    expect(await market.sealOf(alice.id, PERIOD + 8)).to.equal(0n);
  });

  it("is taken from the start of the period before until gate closure", async () => {
    const { market, me, genesis } = scene;
    const start = genesis + (PERIOD - 1) * 900;
    await at(scene, PERIOD - 2, 899);
    await expect(me.submitOrder(PERIOD, COMMITMENT, "0x"))
      .to.be.revertedWithCustomError(market, "GateNotOpen")
      .withArgs(PERIOD, start);
    await at(scene, PERIOD - 1, 0);
    await expect(me.submitOrder(PERIOD, COMMITMENT, "0x")).to.emit(market, "OrderSealed");
    await at(scene, PERIOD - 1, 179);
    await expect(me.submitOrder(PERIOD, saltOf(2, 2), "0x")).to.emit(market, "OrderSealed");
    await at(scene, PERIOD - 1, 180);
    await expect(me.submitOrder(PERIOD, COMMITMENT, "0x"))
      .to.be.revertedWithCustomError(market, "GateClosed")
      .withArgs(PERIOD, start + 180);
  });

  it("lets the last commitment alone open", async () => {
    const { market, alice } = scene;
    await goTo(scene, PERIOD - 1, 1);
    const first = await submit(scene, alice, PERIOD, buy(1, 200_000));
    const second = await submit(scene, alice, PERIOD, buy(2, 200_000), saltOf(9, 9));
    await goTo(scene, PERIOD - 1, 180);
    await expect(market.openOrder(PERIOD, single(first))).to.be.revertedWithCustomError(
      market,
      "UnknownCommitment",
    );
    await market.openOrder(PERIOD, single(second));
  });

  it("refuses no commitment, and periods that there are not", async () => {
    const { market, me } = scene;
    await goTo(scene, PERIOD - 1, 1);
    await expect(me.submitOrder(PERIOD, ZeroHash, "0x")).to.be.revertedWithCustomError(
      market,
      "EmptyCommitment",
    );
    for (const period of [0n, 1n << 24n]) {
      await expect(me.submitOrder(period, COMMITMENT, "0x"))
        .to.be.revertedWithCustomError(market, "PeriodOutOfRange")
        .withArgs(period);
    }
    await expect(me.submitOrder((1n << 24n) - 1n, COMMITMENT, "0x")).to.be.revertedWithCustomError(
      market,
      "GateNotOpen",
    );
  });

  describe("refuses", () => {
    beforeEach(async () => goTo(scene, PERIOD - 1, 1));
    const call = () => scene.me.submitOrder(PERIOD, COMMITMENT, "0x");

    it("who has no account", async () => {
      const { market, actors } = scene;
      await expect(market.connect(actors.stranger).submitOrder(PERIOD, COMMITMENT, "0x"))
        .to.be.revertedWithCustomError(market, "UnknownAccount")
        .withArgs(actors.stranger.address);
    });

    it("the grid", async () => {
      const { market, actors } = scene;
      await expect(market.connect(actors.grid).submitOrder(PERIOD, COMMITMENT, "0x"))
        .to.be.revertedWithCustomError(market, "NotAuthorised")
        .withArgs(1);
    });

    it("who is not authorised", async () => {
      const { market, registry, actors, alice } = scene;
      await registry.connect(actors.operator).revoke(alice.id);
      await expect(call())
        .to.be.revertedWithCustomError(market, "NotAuthorised")
        .withArgs(alice.id);
    });

    it("who has no meter", async () => {
      const { market, registry, actors } = scene;
      const owner = actors.people[5]!;
      await registry.connect(owner).register({
        displayName: "no meter",
        energyType: 0,
        greenPreference: false,
        microgrid: ZeroHash,
        location: ZeroHash,
      });
      await registry.connect(actors.operator).authorise(owner.address);
      const id = await market.participantOf(owner.address);
      await expect(market.connect(owner).submitOrder(PERIOD, COMMITMENT, "0x"))
        .to.be.revertedWithCustomError(market, "NotMetered")
        .withArgs(id);
    });

    it("who is frozen", async () => {
      const { market, actors, alice } = scene;
      await market.connect(actors.regulator).setFrozen(alice.id, true);
      await expect(call())
        .to.be.revertedWithCustomError(market, "AccountIsFrozen")
        .withArgs(alice.id);
    });

    it("who is suspended, until the operator lifts it", async () => {
      const { market, actors, alice, networkHelpers, marketAddress } = scene;
      const slot = await slotOf("_accounts", alice.id);
      const word = (await wordAt(scene, slot)) | (1n << 195n);
      await networkHelpers.setStorageAt(marketAddress, slot, word);
      await expect(call())
        .to.be.revertedWithCustomError(market, "AccountIsSuspended")
        .withArgs(alice.id);
      await market.connect(actors.operator).liftSuspension(alice.id);
      await expect(call()).to.emit(market, "OrderSealed");
    });

    it("whose margin is a nano short", async () => {
      const { market, alice } = scene;
      await setBalance(scene, alice.id, 4_999_999_999n);
      await expect(call())
        .to.be.revertedWithCustomError(market, "MarginMissing")
        .withArgs(alice.id, 5_000_000_000n, 4_999_999_999n);
      await setBalance(scene, alice.id, 5_000_000_000n);
      await expect(call()).to.emit(market, "OrderSealed");
    });
  });

  it("refuses who owes something, until it is paid", async () => {
    const { market, alice, bob } = scene;
    await goTo(scene, PERIOD, 1);
    for (const member of [alice, bob]) await report(scene, member, PERIOD - 1, 0, 0);
    await settle(scene, PERIOD - 1);
    await setBalance(scene, alice.id, 100_000_000n);
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, alice, PERIOD, 1_000, 0);
    await market.settle(PERIOD, alice.id, 1);
    await expect(scene.me.submitOrder(PERIOD + 2, COMMITMENT, "0x"))
      .to.be.revertedWithCustomError(market, "DuesUnpaid")
      .withArgs(alice.id, 120_000_000n);
    await setBalance(scene, alice.id, 5_120_000_000n);
    await expect(scene.me.submitOrder(PERIOD + 2, COMMITMENT, "0x")).to.be.revertedWithCustomError(
      market,
      "DuesUnpaid",
    );
    await market.payDues(alice.id);
    await scene.me.submitOrder(PERIOD + 2, COMMITMENT, "0x");
    expect([...(await market.duesOf(alice.id))]).to.deep.equal([0n, 0n, 0n, 0n]);
    expect((await market.accountOf(alice.id)).balanceNano).to.equal(5_000_000_000n);
  });

  it("leaves the seals of the fifteen periods before in place", async () => {
    const { market, alice } = scene;
    await goTo(scene, PERIOD - 1, 1);
    await submit(scene, alice, PERIOD, buy(1, 200_000));
    for (const period of [PERIOD + 8, PERIOD + 15]) {
      await goTo(scene, period - 1, 1);
      await scene.me.submitOrder(period, COMMITMENT, "0x");
      expect(await market.sealOf(alice.id, PERIOD)).not.to.equal(0n);
    }
    await goTo(scene, PERIOD + 15, 1);
    await scene.me.submitOrder(PERIOD + 16, COMMITMENT, "0x");
    expect(await market.sealOf(alice.id, PERIOD)).to.equal(0n);
  });

  it("somebody else's commitment, copied, opens for nobody but its owner", async () => {
    const { market, alice, bob, domain } = scene;
    await goTo(scene, PERIOD - 1, 1);
    const opening = openingOf(alice, PERIOD, buy(1, 200_000));
    const commitment = hashOrder(domain, opening.order, opening.salt);
    await market.connect(bob.owner).submitOrder(PERIOD, commitment, "0x");
    await goTo(scene, PERIOD - 1, 180);
    await expect(market.openOrder(PERIOD, single(opening))).to.be.revertedWithCustomError(
      market,
      "UnknownCommitment",
    );
    const claimed = { ...opening, order: { ...opening.order, participant: bob.id } };
    await expect(market.openOrder(PERIOD, single(claimed))).to.be.revertedWithCustomError(
      market,
      "UnknownCommitment",
    );
  });
});
