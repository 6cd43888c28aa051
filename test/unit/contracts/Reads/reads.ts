import { expect } from "chai";
import { goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { buy, sealAndOpen, sell } from "../../../helpers/verbs.ts";

const PERIOD = 5;

describe("Reads", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 1, 1);
    const [a, b] = fixture.actors.people;
    const alice = await join(fixture, a!);
    const bob = await join(fixture, b!);
    return { alice, bob };
  });

  it("tell the clock", async () => {
    const { market, genesis, token } = scene;
    expect(await market.genesis()).to.equal(BigInt(genesis));
    expect(await market.periodLength()).to.equal(900n);
    expect(await market.currentPeriod()).to.equal(BigInt(PERIOD - 1));
    expect(await market.startOf(PERIOD)).to.equal(BigInt(genesis + PERIOD * 900));
    expect(await market.settlementToken()).to.equal(await token.getAddress());
    await goTo(scene, PERIOD, 0);
    expect(await market.currentPeriod()).to.equal(BigInt(PERIOD));
  });

  it("know no account of strangers", async () => {
    const { market } = scene;
    for (const id of [0, 4]) {
      await expect(market.accountOf(id))
        .to.be.revertedWithCustomError(market, "UnknownParticipant")
        .withArgs(id);
    }
    expect((await market.accountOf(1)).owner).to.equal(scene.actors.grid.address);
  });

  it("show no order of another period", async () => {
    const { market, alice, bob } = scene;
    await sealAndOpen(scene, PERIOD, [
      [alice, sell(10, 200_000)],
      [bob, buy(5, 100_000)],
    ]);
    expect((await market.orderOf(PERIOD, alice.id)).energyWh).to.equal(10n);
    for (const period of [PERIOD - 1, PERIOD + 8, 2 ** 24 + PERIOD]) {
      expect((await market.orderOf(period, alice.id)).opened).to.be.false;
    }
  });

  it("show a period's book, and nothing of one that has not begun", async () => {
    const { market, alice, bob } = scene;
    await sealAndOpen(scene, PERIOD, [
      [alice, sell(10, 200_000)],
      [bob, buy(5, 100_000)],
    ]);
    const book = await market.periodOf(PERIOD);
    expect(book.begun).to.be.true;
    expect([...book.heads]).to.deep.equal([BigInt(bob.id), BigInt(alice.id), 0n, 0n]);
    expect([book.phase, book.openedCount, book.settledCount, book.accountCount]).to.deep.equal([
      0n,
      2n,
      0n,
      0n,
    ]);
    const other = await market.periodOf(PERIOD + 8);
    expect([other.begun, other.openedCount]).to.deep.equal([false, 0n]);
  });

  it("give the reference price where nothing was traded", async () => {
    const { market, parameters } = scene;
    expect(await market.averagePriceMicroPerKwhDown(PERIOD)).to.equal(
      parameters.referencePriceMicroPerKwh,
    );
  });

  it("are none of a participant without a meter, a mandate or a seal", async () => {
    const { market } = scene;
    expect((await market.meterOf(9)).gateway).to.equal(scene.ethers.ZeroAddress);
    const [mandate, spentNano] = await market.mandateOf(9);
    expect([mandate.agent, spentNano]).to.deep.equal([scene.ethers.ZeroAddress, 0n]);
    expect(await market.sealOf(9, PERIOD)).to.equal(0n);
    expect([...(await market.scheduleOf(9, 1))]).to.deep.equal([0n, 0n]);
    expect(await market.isSettled(PERIOD, 9)).to.be.false;
  });
});
