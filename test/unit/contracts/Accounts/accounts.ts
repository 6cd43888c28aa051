import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { slotOf, wordAt } from "../../../helpers/storage.ts";
import { buy, report, saltOf, sealAndOpen, sent, submit } from "../../../helpers/verbs.ts";

const PERIOD = 5;
const MAX_COUNTER = 2n ** 48n - 1n;

/** The operator holds the registry's role here, so that the market's own checks are met. */
describe("Accounts", () => {
  const scene = stage(async (fixture) => {
    const { accessManager, actors, market } = fixture;
    await accessManager.connect(actors.admin).grantRole(3, actors.operator.address, 0);
    await goTo(fixture, PERIOD - 1, 1);
    const alice = await join(fixture, actors.people[0]!);
    return {
      alice,
      byOperator: market.connect(actors.operator),
      byRegulator: market.connect(actors.regulator),
    };
  });

  describe("openAccount", () => {
    it("numbers accounts in their order, the grid's first", async () => {
      const { market, byOperator, actors } = scene;
      expect(await market.participantOf(actors.grid.address)).to.equal(1n);
      const [, bob] = actors.people;
      await expect(byOperator.openAccount(bob!.address))
        .to.emit(market, "AccountOpened")
        .withArgs(3, bob!.address);
      expect(await market.accountCount()).to.equal(3n);
      const account = await market.accountOf(3);
      expect(account.owner).to.equal(bob!.address);
      expect(account.reputation).to.equal(100n);
      expect(account.balanceNano).to.equal(0n);
    });

    it("refuses a second account of an owner, and the zero address", async () => {
      const { market, byOperator, alice } = scene;
      await expect(byOperator.openAccount(alice.owner.address))
        .to.be.revertedWithCustomError(market, "AccountExists")
        .withArgs(alice.owner.address, alice.id);
      await expect(byOperator.openAccount(ZeroAddress)).to.be.revertedWithCustomError(
        market,
        "ZeroAddress",
      );
    });

    it("ends with the last number that fits", async () => {
      const { market, byOperator, networkHelpers, marketAddress, actors } = scene;
      const slot = await slotOf("_accountCount");
      await networkHelpers.setStorageAt(marketAddress, slot, 2n ** 24n - 2n);
      await byOperator.openAccount(actors.people[1]!.address);
      expect(await market.participantOf(actors.people[1]!.address)).to.equal(2n ** 24n - 1n);
      await expect(byOperator.openAccount(actors.people[2]!.address)).to.be.revertedWithCustomError(
        market,
        "TooManyAccounts",
      );
    });
  });

  describe("setAuthorised", () => {
    it("lets an account trade and no more", async () => {
      const { market, byOperator, alice } = scene;
      await expect(byOperator.setAuthorised(alice.id, false))
        .to.emit(market, "AccountAuthorised")
        .withArgs(alice.id, false);
      expect((await market.accountOf(alice.id)).authorised).to.be.false;
      await byOperator.setAuthorised(alice.id, true);
      expect((await market.accountOf(alice.id)).authorised).to.be.true;
    });

    it("keeps the margin until what may be owed is settled", async () => {
      const { market, byOperator, alice } = scene;
      await goTo(scene, PERIOD, 1);
      await byOperator.setAuthorised(alice.id, false);
      const { activeUntil, balanceNano, freeNano } = await market.accountOf(alice.id);
      expect(activeUntil).to.equal(PERIOD);
      expect(balanceNano - freeNano).to.equal(5_000_000_000n);
      await goTo(scene, PERIOD + 8, 899);
      expect((await market.accountOf(alice.id)).freeNano).to.equal(freeNano);
      await goTo(scene, PERIOD + 9, 0);
      expect((await market.accountOf(alice.id)).freeNano).to.equal(balanceNano);
    });
  });

  it("setEnergyType sets both colours", async () => {
    const { market, byOperator, alice } = scene;
    for (const [supply, preference] of [
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      await expect(byOperator.setEnergyType(alice.id, supply, preference))
        .to.emit(market, "EnergyTypeSet")
        .withArgs(alice.id, supply, preference);
      const { greenSupply, greenPreference } = await market.accountOf(alice.id);
      expect([greenSupply, greenPreference]).to.deep.equal([supply, preference]);
    }
  });

  it("knows participants and not the grid", async () => {
    const { market, byOperator, actors } = scene;
    for (const id of [0, 1, 3]) {
      const calls = [
        byOperator.setAuthorised(id, true),
        byOperator.setEnergyType(id, true, true),
        byOperator.liftSuspension(id),
        byOperator.bindMeter(id, actors.gateway.address, 1, 0, 0),
        byOperator.rebindMeter(id, actors.gateway.address, 1, 0, 0, 0, 0),
      ];
      for (const call of calls) {
        await expect(call).to.be.revertedWithCustomError(market, "UnknownParticipant").withArgs(id);
      }
    }
  });

  describe("setFrozen", () => {
    it("freezes and unfreezes any account, the grid's too", async () => {
      const { market, byRegulator, alice } = scene;
      for (const id of [alice.id, 1]) {
        await expect(byRegulator.setFrozen(id, true))
          .to.emit(market, "AccountFrozen")
          .withArgs(id, true);
        expect((await market.accountOf(id)).frozen).to.be.true;
        await byRegulator.setFrozen(id, false);
        expect((await market.accountOf(id)).frozen).to.be.false;
      }
    });

    it("knows no others", async () => {
      const { market, byRegulator } = scene;
      for (const id of [0, 3]) {
        await expect(byRegulator.setFrozen(id, true))
          .to.be.revertedWithCustomError(market, "UnknownParticipant")
          .withArgs(id);
      }
    });
  });

  it("liftSuspension starts the count of missing readings anew", async () => {
    const { market, byOperator, alice, networkHelpers, marketAddress } = scene;
    const slot = await slotOf("_accounts", alice.id);
    const word = (await wordAt(scene, slot)) | (1n << 195n) | (12n << 184n);
    await networkHelpers.setStorageAt(marketAddress, slot, word);
    expect((await market.accountOf(alice.id)).missedReadings).to.equal(12n);
    await expect(byOperator.liftSuspension(alice.id))
      .to.emit(market, "AccountSuspended")
      .withArgs(alice.id, false);
    const { suspended, missedReadings } = await market.accountOf(alice.id);
    expect([suspended, missedReadings]).to.deep.equal([false, 0n]);
  });

  describe("leaveMarket", () => {
    it("waits for the last sealed period, and frees the margin after it", async () => {
      const { market, alice } = scene;
      const me = market.connect(alice.owner);
      await submit(scene, alice, PERIOD, buy(1, 200_000));
      await expect(me.leaveMarket())
        .to.be.revertedWithCustomError(market, "StillActive")
        .withArgs(alice.id, PERIOD);
      await goTo(scene, PERIOD, 0);
      await expect(me.leaveMarket()).to.emit(market, "AccountAuthorised").withArgs(alice.id, false);
      await expect(me.submitOrder(PERIOD + 1, saltOf(1, 1), "0x")).to.be.revertedWithCustomError(
        market,
        "NotAuthorised",
      );
      await goTo(scene, PERIOD + 9, 0);
      const { freeNano, balanceNano } = await market.accountOf(alice.id);
      expect(freeNano).to.equal(balanceNano);
    });

    it("is for participants alone", async () => {
      const { market, actors } = scene;
      await expect(market.connect(actors.stranger).leaveMarket())
        .to.be.revertedWithCustomError(market, "UnknownAccount")
        .withArgs(actors.stranger.address);
      await expect(market.connect(actors.grid).leaveMarket())
        .to.be.revertedWithCustomError(market, "UnknownParticipant")
        .withArgs(1);
    });
  });

  describe("bindMeter", () => {
    async function unmetered(): Promise<bigint> {
      const { market, byOperator, actors } = scene;
      await byOperator.openAccount(actors.people[1]!.address);
      return market.participantOf(actors.people[1]!.address);
    }
    const bind = (id: bigint, gateway: string, power: number, imported: bigint, exported: bigint) =>
      scene.byOperator.bindMeter(id, gateway, power, imported, exported);

    it("keeps gateway, power, number, period and registers", async () => {
      const { market, actors } = scene;
      const id = await unmetered();
      await goTo(scene, PERIOD, 5);
      await expect(bind(id, actors.agent.address, 2 ** 32 - 1, MAX_COUNTER, 7n))
        .to.emit(market, "MeterBound")
        .withArgs(id, 2, actors.agent.address, 2 ** 32 - 1, MAX_COUNTER, 7, 0, 0);
      const meter = await market.meterOf(id);
      expect([meter.gateway, meter.ratedPowerW, meter.meterId, meter.boundIn]).to.deep.equal([
        actors.agent.address,
        2n ** 32n - 1n,
        2n,
        BigInt(PERIOD),
      ]);
      expect([meter.importWh, meter.exportWh, meter.period, meter.hasReading]).to.deep.equal([
        MAX_COUNTER,
        7n,
        BigInt(PERIOD),
        false,
      ]);
    });

    it("binds one meter a participant", async () => {
      const { market, alice, actors } = scene;
      await expect(bind(BigInt(alice.id), actors.gateway.address, 1, 0n, 0n))
        .to.be.revertedWithCustomError(market, "MeterExists")
        .withArgs(alice.id, alice.meterId);
    });

    it("refuses no gateway, no or too much power, and registers beyond 48 bits", async () => {
      const { market, actors } = scene;
      const id = await unmetered();
      const { address } = actors.gateway;
      await expect(bind(id, ZeroAddress, 1, 0n, 0n)).to.be.revertedWithCustomError(
        market,
        "ZeroAddress",
      );
      for (const power of [0, 2 ** 32]) {
        await expect(bind(id, address, power, 0n, 0n))
          .to.be.revertedWithCustomError(market, "RatedPowerOutOfRange")
          .withArgs(power);
      }
      for (const [imported, exported] of [
        [MAX_COUNTER + 1n, 0n],
        [0n, MAX_COUNTER + 1n],
      ] as const) {
        await expect(bind(id, address, 1, imported, exported))
          .to.be.revertedWithCustomError(market, "CounterOutOfRange")
          .withArgs(MAX_COUNTER + 1n, MAX_COUNTER);
      }
      await bind(id, address, 1, 0n, 0n);
    });
  });

  describe("rebindMeter", () => {
    const rebind = (
      finals: readonly [bigint, bigint],
      starts: readonly [bigint, bigint] = [0n, 0n],
      powerW = 100_000,
    ) => {
      const { byOperator, alice, actors } = scene;
      return byOperator.rebindMeter(alice.id, actors.agent.address, powerW, ...finals, ...starts);
    };

    it("adds what the old meter counted to the new one's first reading", async () => {
      const { market, alice, actors } = scene;
      await goTo(scene, PERIOD + 1, 1);
      await report(scene, alice, PERIOD, 1_000, 500);
      await expect(rebind([1_300n, 510n], [20n, 30n]))
        .to.emit(market, "MeterBound")
        .withArgs(alice.id, 2, actors.agent.address, 100_000, 20, 30, 300, 10);
      await goTo(scene, PERIOD + 2, 1);
      const reader = { ...alice, gateway: actors.agent, meterId: 2 };
      await report(scene, reader, PERIOD + 1, 25, 37);
      const meter = await market.meterOf(alice.id);
      expect([meter.importDeltaWh, meter.exportDeltaWh]).to.deep.equal([305n, 17n]);
      // The reading before is kept until its period is settled.
      await market.settle(PERIOD, 2, 10);
      expect((await market.accountOf(alice.id)).balanceNano).to.equal(
        1_000_000_000_000n - 110_000_000n,
      );
    });

    it("carries over several meters that were never read", async () => {
      const { market, alice } = scene;
      await rebind([100n, 1n], [5n, 5n]);
      await rebind([15n, 7n]);
      const meter = await market.meterOf(alice.id);
      expect([meter.importDeltaWh, meter.exportDeltaWh]).to.deep.equal([110n, 3n]);
      expect(meter.hasReading).to.be.false;
    });

    it("keeps no reading that is settled", async () => {
      const { market, alice } = scene;
      await goTo(scene, PERIOD + 1, 1);
      await report(scene, alice, PERIOD, 1_000, 500);
      await market.settle(PERIOD, 2, 10);
      await rebind([1_000n, 500n]);
      expect(await market.settle.staticCall(PERIOD, 2, 10)).to.equal(0n);
      expect((await market.meterOf(alice.id)).hasReading).to.be.false;
    });

    it("keeps the period of the first binding, since when readings are expected", async () => {
      const { market, alice } = scene;
      await goTo(scene, PERIOD + 2, 1);
      await rebind([0n, 0n]);
      expect((await market.meterOf(alice.id)).boundIn).to.equal(PERIOD - 1);
    });

    it("refuses registers below the last reading's", async () => {
      const { market, alice } = scene;
      await goTo(scene, PERIOD + 1, 1);
      await report(scene, alice, PERIOD, 1_000, 500);
      await expect(rebind([999n, 500n]))
        .to.be.revertedWithCustomError(market, "CounterBackwards")
        .withArgs(alice.id, 1_000, 999);
      await expect(rebind([1_000n, 499n]))
        .to.be.revertedWithCustomError(market, "CounterBackwards")
        .withArgs(alice.id, 500, 499);
      await rebind([1_000n, 500n]);
    });

    it("refuses more carried energy than a period's slot holds", async () => {
      const { market } = scene;
      const most = 2n ** 28n - 1n;
      for (const finals of [
        [most + 1n, 0n],
        [0n, most + 1n],
      ] as const) {
        await expect(rebind(finals))
          .to.be.revertedWithCustomError(market, "CounterOutOfRange")
          .withArgs(most + 1n, most);
      }
      await rebind([most, most]);
    });

    it("refuses what no meter can have", async () => {
      const { market, byOperator, alice } = scene;
      await expect(rebind([0n, 0n], [MAX_COUNTER + 1n, 0n])).to.be.revertedWithCustomError(
        market,
        "CounterOutOfRange",
      );
      await expect(rebind([0n, 0n], [0n, MAX_COUNTER + 1n])).to.be.revertedWithCustomError(
        market,
        "CounterOutOfRange",
      );
      await expect(rebind([0n, 0n], [0n, 0n], 0)).to.be.revertedWithCustomError(
        market,
        "RatedPowerOutOfRange",
      );
      await expect(
        byOperator.rebindMeter(alice.id, ZeroAddress, 1, 0, 0, 0, 0),
      ).to.be.revertedWithCustomError(market, "ZeroAddress");
    });

    it("needs a meter", async () => {
      const { market, byOperator, actors } = scene;
      await byOperator.openAccount(actors.people[1]!.address);
      await expect(byOperator.rebindMeter(3, actors.agent.address, 1, 0, 0, 0, 0))
        .to.be.revertedWithCustomError(market, "NotMetered")
        .withArgs(3);
    });

    it("takes energy that a stronger meter before it has carried", async () => {
      const { market, alice, actors } = scene;
      await rebind([20_000n, 0n], [0n, 0n], 4);
      await goTo(scene, PERIOD + 1, 0);
      await report(scene, { ...alice, gateway: actors.agent, meterId: 2 }, PERIOD, 1, 0);
      expect((await market.meterOf(alice.id)).importDeltaWh).to.equal(20_001n);
    });
  });

  it("opened orders stay of a revoked account", async () => {
    const { market, byOperator, alice } = scene;
    await sealAndOpen(scene, PERIOD, [[alice, buy(1, 200_000)]]);
    await byOperator.setAuthorised(alice.id, false);
    await goTo(scene, PERIOD - 1, 420);
    await sent(market.clear(PERIOD, 1));
  });
});
