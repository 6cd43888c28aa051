import { expect } from "chai";
import type { SettledAccount } from "../../../../sdk/events/accountsSettled.ts";
import { at, goTo, join, pay, type Participant } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { setBalance } from "../../../helpers/storage.ts";
import {
  buy,
  report,
  sealAndOpen,
  sell,
  sent,
  settle,
  settlementsOf,
  submit,
  trade,
} from "../../../helpers/verbs.ts";

const PERIOD = 5;
const START = 1_000_000_000_000n;

describe("Settlement: settle", () => {
  const scene = stage(
    async (fixture) => {
      await goTo(fixture, PERIOD - 1, 1);
      const [a, b, c] = fixture.actors.people;
      const alice = await join(fixture, a!);
      const bob = await join(fixture, b!);
      const carol = await join(fixture, c!);
      const { market, token, actors, marketAddress } = fixture;
      await pay(fixture, 1, START);
      await token.connect(actors.treasurer).mint(actors.treasurer.address, START);
      await token.connect(actors.treasurer).approve(marketAddress, START);
      await market.connect(actors.treasurer).fundIncentives(START);
      return { alice, bob, carol };
    },
    { parameters: { minAverageWh: 0 } },
  );

  /** alice sells bob 100 Wh at 0.2, and the meters say this. */
  async function deliver(
    alice: readonly [number, number],
    bob: readonly [number, number],
    carol: readonly [number, number] = [0, 0],
  ): Promise<Map<number, SettledAccount>> {
    await trade(scene, PERIOD, [
      [scene.alice, sell(100, 150_000)],
      [scene.bob, buy(100, 250_000)],
    ]);
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, scene.alice, PERIOD, ...alice);
    await report(scene, scene.bob, PERIOD, ...bob);
    await report(scene, scene.carol, PERIOD, ...carol);
    return byId(await settle(scene, PERIOD));
  }
  const byId = (settled: SettledAccount[]) => new Map(settled.map((s) => [s.participant, s]));
  const balanceOf = async ({ id }: Pick<Participant, "id">) =>
    (await scene.market.accountOf(id)).balanceNano;

  it("pays a kept trade and its reward", async () => {
    const { market, alice, bob } = scene;
    const settled = await deliver([0, 100], [100, 0]);
    expect(settled.get(alice.id)).to.deep.equal({
      participant: alice.id,
      sell: true,
      short: false,
      unread: false,
      charged: false,
      kept: true,
      broken: false,
      reputation: 100,
      imbalanceWh: 0,
      importWh: 0,
      exportWh: 100,
      chargeNano: 0n,
      tradeNano: 20_000_000n,
      imbalanceNano: 0n,
      rewardNano: 200_000n,
      penaltyNano: 0n,
    });
    expect(await balanceOf(alice)).to.equal(START + 20_000_000n + 200_000n);
    expect(await balanceOf(bob)).to.equal(START - 20_000_000n + 200_000n);
    expect((await market.accountOf(bob.id)).lockedNano).to.equal(0n);
    expect(await market.incentiveFundNano()).to.equal(START - 400_000n);
  });

  it("has the short side pay the grid, and the deviation's penalty", async () => {
    const { market, alice } = scene;
    const settled = await deliver([0, 90], [100, 0]);
    expect(settled.get(alice.id)).to.include({
      short: true,
      imbalanceWh: 10,
      imbalanceNano: 2_200_000n,
      rewardNano: 180_000n,
      penaltyNano: 100_000n,
      kept: true,
    });
    expect(await balanceOf({ id: 1 })).to.equal(START + 2_200_000n);
    expect(await market.incentiveFundNano()).to.equal(START - 180_000n - 200_000n + 100_000n);
  });

  it("has the grid pay the long side", async () => {
    const { alice, bob } = scene;
    const settled = await deliver([0, 110], [95, 0]);
    expect(settled.get(alice.id)).to.include({
      short: false,
      imbalanceWh: 10,
      imbalanceNano: 1_800_000n,
    });
    expect(settled.get(bob.id)).to.include({
      short: false,
      imbalanceWh: 5,
      imbalanceNano: 900_000n,
    });
    expect(await balanceOf({ id: 1 })).to.equal(START - 2_700_000n);
  });

  it("takes a seller who imports for short by both", async () => {
    const settled = await deliver([30, 0], [100, 0]);
    expect(settled.get(scene.alice.id)).to.include({
      short: true,
      imbalanceWh: 130,
      rewardNano: 0n,
      penaltyNano: 1_300_000n,
      broken: true,
      reputation: 90,
    });
  });

  it("takes a buyer who exports for long by both", async () => {
    const settled = await deliver([0, 100], [0, 30]);
    expect(settled.get(scene.bob.id)).to.include({ short: false, imbalanceWh: 130, broken: true });
  });

  it("settles energy without an order as imbalance, both ways", async () => {
    const settled = await deliver([0, 100], [100, 0], [70, 0]);
    expect(settled.get(scene.carol.id)).to.include({
      sell: false,
      short: true,
      imbalanceWh: 70,
      imbalanceNano: 15_400_000n,
      tradeNano: 0n,
      rewardNano: 0n,
      penaltyNano: 0n,
      kept: false,
      broken: false,
    });
  });

  describe("takes a trade for kept up to the tolerance", () => {
    for (const [exported, kept] of [
      [90, true],
      [89, false],
      [110, true],
      [111, false],
    ] as const) {
      it(`${exported} of 100 Wh: ${kept ? "kept" : "broken"}`, async () => {
        const account = (await deliver([0, exported], [100, 0])).get(scene.alice.id)!;
        expect([account.kept, account.broken]).to.deep.equal([kept, !kept]);
        expect(account.reputation).to.equal(kept ? 100 : 90);
      });
    }
  });

  it("raises a reputation by one for a kept trade, and not above 100", async () => {
    const { alice, bob } = scene;
    await trade(scene, PERIOD, [
      [alice, sell(100, 150_000)],
      [bob, buy(100, 250_000)],
    ]);
    await trade(scene, PERIOD + 1, [
      [alice, sell(100, 150_000)],
      [bob, buy(100, 250_000)],
    ]);
    await goTo(scene, PERIOD + 2, 1);
    await report(scene, alice, PERIOD, 0, 0);
    await report(scene, bob, PERIOD, 100, 0);
    expect(byId(await settle(scene, PERIOD)).get(alice.id)!.reputation).to.equal(90);
    await report(scene, alice, PERIOD + 1, 0, 100);
    await report(scene, bob, PERIOD + 1, 200, 0);
    const settled = byId(await settle(scene, PERIOD + 1));
    expect(settled.get(alice.id)!.reputation).to.equal(91);
    expect(settled.get(bob.id)!.reputation).to.equal(100);
  });

  it("lowers a reputation to zero and not below", async () => {
    const { alice, market } = scene;
    for (let period = PERIOD; period < PERIOD + 11 * 7; period += 7) {
      await sealAndOpen(scene, period, [[alice, sell(100, 150_000)]]);
      await goTo(scene, period - 1, 420);
      await market.clear(period, 1);
      await goTo(scene, period + 6, 0);
      await market.settle(period, 2, 10);
    }
    expect((await market.accountOf(alice.id)).reputation).to.equal(0n);
  }).timeout(20_000);

  it("begins with the end of the period, not a second before", async () => {
    const { market, genesis } = scene;
    await at(scene, PERIOD, 899);
    await expect(market.settle(PERIOD, 2, 10))
      .to.be.revertedWithCustomError(market, "SettlementNotBegun")
      .withArgs(PERIOD, genesis + 900 * (PERIOD + 1));
    await at(scene, PERIOD + 1, 0);
    await market.settle(PERIOD, 2, 10);
  });

  it("waits for clearing", async () => {
    const { market, alice } = scene;
    await sealAndOpen(scene, PERIOD, [[alice, sell(1, 200_000)]]);
    await goTo(scene, PERIOD + 1, 0);
    await expect(market.settle(PERIOD, 2, 10))
      .to.be.revertedWithCustomError(market, "NotCleared")
      .withArgs(PERIOD);
    await market.clear(PERIOD, 0);
    await expect(market.settle(PERIOD, 2, 10)).to.be.revertedWithCustomError(market, "NotCleared");
    await market.clear(PERIOD, 1);
    await market.settle(PERIOD, 2, 10);
  });

  it("knows participants from 2 on", async () => {
    const { market } = scene;
    await goTo(scene, PERIOD + 1, 0);
    for (const first of [0, 1]) {
      await expect(market.settle(PERIOD, first, 10))
        .to.be.revertedWithCustomError(market, "UnknownParticipant")
        .withArgs(first);
    }
    expect(await market.settle.staticCall(PERIOD, 5, 10)).to.equal(0n);
    expect(await market.settle.staticCall(PERIOD, 1n << 24n, 10)).to.equal(0n);
  });

  it("passes over who is settled already, and over who comes later", async () => {
    const { market, alice, bob, carol } = scene;
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, bob, PERIOD, 0, 0);
    expect(await market.settle.staticCall(PERIOD, 2, 10)).to.equal(1n);
    expect(await settle(scene, PERIOD)).to.have.length(1);
    expect(await market.isSettled(PERIOD, bob.id)).to.be.true;
    expect(await market.isSettled(PERIOD, alice.id)).to.be.false;
    expect(await settle(scene, PERIOD)).to.be.empty;
    await report(scene, alice, PERIOD, 0, 0);
    await report(scene, carol, PERIOD, 0, 0);
    await expect(market.settle(PERIOD, 2, 1)).not.to.emit(market, "PeriodSettled");
    await expect(market.settle(PERIOD, 4, 1))
      .to.emit(market, "PeriodSettled")
      .withArgs(PERIOD);
    expect((await market.periodOf(PERIOD)).settledCount).to.equal(3n);
    expect(await settle(scene, PERIOD)).to.be.empty;
  });

  it("settles no account that came after delivery", async () => {
    const { market, actors } = scene;
    await goTo(scene, PERIOD + 6, 1);
    await market.settle(PERIOD, 2, 1);
    const late = await join(scene, actors.people[3]!);
    const ids = (await settle(scene, PERIOD)).map(({ participant }) => participant);
    expect(ids).not.to.include(late.id);
    const { settledCount, accountCount } = await market.periodOf(PERIOD);
    expect(settledCount).to.equal(accountCount);
  });

  it("does not go back to a period whose slot is used again", async () => {
    const { market } = scene;
    await goTo(scene, PERIOD + 9, 0);
    await market.settle(PERIOD + 8, 2, 10);
    await expect(market.settle(PERIOD, 2, 10))
      .to.be.revertedWithCustomError(market, "PeriodPast")
      .withArgs(PERIOD, PERIOD + 9);
  });

  it("does not begin a period whose slot is not free", async () => {
    const { market, alice } = scene;
    await goTo(scene, PERIOD + 1, 0);
    await report(scene, alice, PERIOD, 0, 0);
    await goTo(scene, PERIOD + 9, 0);
    await expect(market.settle(PERIOD + 8, 2, 10))
      .to.be.revertedWithCustomError(market, "PeriodUnsettled")
      .withArgs(PERIOD);
  });

  describe("without a reading", () => {
    async function tradeUnread() {
      const { alice, bob } = scene;
      await trade(scene, PERIOD, [
        [alice, sell(100, 150_000)],
        [bob, buy(100, 250_000)],
      ]);
    }

    it("waits until grace is over, not a second longer", async () => {
      const { market } = scene;
      await tradeUnread();
      await at(scene, PERIOD + 5, 899);
      expect(settlementsOf(scene, await sent(market.settle(PERIOD, 2, 10)))).to.be.empty;
      await at(scene, PERIOD + 6, 0);
      expect(settlementsOf(scene, await sent(market.settle(PERIOD, 2, 10)))).to.have.length(3);
    });

    it("takes a seller for undelivered and pays a buyer nothing back", async () => {
      const { alice, bob, carol } = scene;
      await tradeUnread();
      await goTo(scene, PERIOD + 6, 1);
      const settled = byId(await settle(scene, PERIOD));
      expect(settled.get(alice.id)).to.include({
        unread: true,
        short: true,
        imbalanceWh: 100,
        imbalanceNano: 22_000_000n,
        tradeNano: 20_000_000n,
        rewardNano: 0n,
        penaltyNano: 1_000_000n,
        broken: true,
      });
      expect(settled.get(bob.id)).to.include({
        unread: true,
        short: false,
        imbalanceWh: 100,
        imbalanceNano: 0n,
        penaltyNano: 1_000_000n,
      });
      expect(settled.get(carol.id)).to.include({ unread: true, imbalanceNano: 0n, broken: false });
    });

    it("suspends after as many in a row as the rules say, and a reading starts the count anew", async () => {
      const { market, alice } = scene;
      for (let period = PERIOD; period < PERIOD + 13; ++period) {
        if (period === PERIOD) {
          await goTo(scene, period + 1, 0);
          await report(scene, alice, period, 0, 0);
        }
        await goTo(scene, period + 6, 0);
        const settling = market.settle(period, 2, 10);
        if (period === PERIOD + 11) {
          await expect(settling).to.emit(market, "AccountSuspended").withArgs(3, true);
          expect((await market.accountOf(alice.id)).suspended).to.be.false;
        } else if (period === PERIOD + 12) {
          await expect(settling).to.emit(market, "AccountSuspended").withArgs(alice.id, true);
        } else await expect(settling).not.to.emit(market, "AccountSuspended");
      }
      const { suspended, missedReadings } = await market.accountOf(alice.id);
      expect([suspended, missedReadings]).to.deep.equal([true, 12n]);
    }).timeout(20_000);

    it("expects none of who has no meter", async () => {
      const { market, registry, actors } = scene;
      await registry.connect(actors.people[5]).register({
        displayName: "no meter",
        energyType: 0,
        greenPreference: false,
        microgrid: scene.ethers.ZeroHash,
        location: scene.ethers.ZeroHash,
      });
      await registry.connect(actors.operator).authorise(actors.people[5]!.address);
      await goTo(scene, PERIOD + 1, 0);
      for (const member of [scene.alice, scene.bob, scene.carol]) {
        await report(scene, member, PERIOD, 0, 0);
      }
      await expect(market.settle(PERIOD, 2, 10)).to.emit(market, "PeriodSettled");
    });

    it("expects none for the period in which a meter was bound", async () => {
      const { market, actors } = scene;
      await goTo(scene, PERIOD, 5);
      const late = await join(scene, actors.people[3]!);
      await goTo(scene, PERIOD + 1, 0);
      expect((await settle(scene, PERIOD)).map(({ participant }) => participant)).to.deep.equal([
        late.id,
      ]);
      await goTo(scene, PERIOD + 2, 0);
      expect(await market.settle.staticCall(PERIOD + 1, late.id, 1)).to.equal(0n);
    });
  });

  it("charges nothing where nobody opened an order", async () => {
    const { alice } = scene;
    await submit(scene, alice, PERIOD, sell(100, 200_000));
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, alice, PERIOD, 0, 0);
    const settled = byId(await settle(scene, PERIOD)).get(alice.id);
    expect(settled).to.include({ charged: false, chargeNano: 0n, broken: false, reputation: 100 });
  });

  it("charges an order that was not opened", async () => {
    const { alice, bob, market } = scene;
    await submit(scene, alice, PERIOD, sell(100, 200_000));
    await sealAndOpen(scene, PERIOD, [[bob, buy(1, 200_000)]]);
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 1);
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, alice, PERIOD, 0, 0);
    const fund = await market.incentiveFundNano();
    const settled = byId(await settle(scene, PERIOD)).get(alice.id);
    expect(settled).to.include({
      charged: true,
      chargeNano: 100_000_000n,
      broken: true,
      kept: false,
      reputation: 90,
    });
    expect(await market.incentiveFundNano()).to.equal(fund + 100_000_000n);
  });

  describe("owes what cannot be paid", () => {
    it("the grid to the long side, and the fund its rewards", async () => {
      const { market, alice, bob, actors } = scene;
      await market.connect(actors.grid).withdraw(START - 500_000n, actors.grid.address);
      await trade(scene, PERIOD, [
        [alice, sell(100, 150_000)],
        [bob, buy(100, 250_000)],
      ]);
      await goTo(scene, PERIOD + 1, 1);
      await report(scene, alice, PERIOD, 0, 110);
      await expect(market.settle(PERIOD, alice.id, 1))
        .to.emit(market, "DuesChanged")
        .withArgs(alice.id, [0n, 0n, 1_300_000n, 0n]);
      expect(await balanceOf({ id: 1 })).to.equal(0n);
      expect((await market.totalDues()).gridOwesNano).to.equal(1_300_000n);
    });

    it("participants the grid first, then the fund", async () => {
      const { market, alice, bob } = scene;
      await trade(scene, PERIOD, [
        [alice, sell(100, 150_000)],
        [bob, buy(100, 250_000)],
      ]);
      await setBalance(scene, alice.id, 2_500_000n);
      await goTo(scene, PERIOD + 1, 1);
      // 22,000,000 to the grid and 1,000,000 of penalty, from 22,500,000.
      await report(scene, alice, PERIOD, 0, 0);
      await market.settle(PERIOD, alice.id, 1);
      expect([...(await market.duesOf(alice.id))]).to.deep.equal([0n, 500_000n, 0n, 0n]);
      expect(await balanceOf(alice)).to.equal(0n);
    });
  });

  it("rounds charges up and payments down", async () => {
    const { alice, bob, market } = scene;
    // An average of 200,000.5: two trades of equal energy at 200,000 and 200,001.
    const { carol } = scene;
    await trade(scene, PERIOD, [
      [alice, sell(2, 200_000)],
      [bob, buy(1, 200_000)],
      [carol, buy(1, 200_002)],
    ]);
    expect((await market.periodOf(PERIOD)).totals.tradedNano).to.equal(400_001n);
    expect(await market.averagePriceMicroPerKwhDown(PERIOD)).to.equal(200_000n);
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, alice, PERIOD, 0, 1);
    await report(scene, bob, PERIOD, 0, 0);
    await report(scene, carol, PERIOD, 1, 0);
    const settled = byId(await settle(scene, PERIOD));
    // 200,000.5 * 1.1 = 220,000.55; * 0.9 = 180,000.45; * 0.01 = 2,000.005; * 0.05 = 10,000.025.
    expect(settled.get(alice.id)).to.include({ imbalanceNano: 220_001n, penaltyNano: 10_001n });
    expect(settled.get(alice.id)).to.include({ rewardNano: 2_000n });
    expect(settled.get(bob.id)).to.include({ imbalanceNano: 180_000n, short: false });
  });

  it("settles what is opened of an account that was frozen since", async () => {
    const { alice, bob, market, actors } = scene;
    await trade(scene, PERIOD, [
      [alice, sell(100, 150_000)],
      [bob, buy(100, 250_000)],
    ]);
    await market.connect(actors.regulator).setFrozen(bob.id, true);
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, bob, PERIOD, 100, 0);
    const settled = byId(await settle(scene, PERIOD)).get(bob.id);
    expect(settled).to.include({ tradeNano: 20_000_000n, chargeNano: 0n, kept: true });
  });
});
