import { expect } from "chai";
import { goTo, join, pay } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { setBalance } from "../../../helpers/storage.ts";
import { buy, report, sell, settle, trade } from "../../../helpers/verbs.ts";

const PERIOD = 5;

describe("Ledger: payDues", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 1, 1);
    const [a, b] = fixture.actors.people;
    const alice = await join(fixture, a!);
    const bob = await join(fixture, b!);
    return { alice, bob };
  });

  /** The grid and the fund owe alice; bob owes both. */
  async function everybodyOwes(): Promise<void> {
    const { alice, bob } = scene;
    await trade(scene, PERIOD, [
      [alice, sell(100, 150_000)],
      [bob, buy(100, 250_000)],
    ]);
    await setBalance(scene, bob.id, 0n);
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, alice, PERIOD, 0, 110);
    await report(scene, bob, PERIOD, 300, 0);
    await settle(scene, PERIOD);
  }

  it("notes what could not be paid, for each and in total", async () => {
    const { market, alice, bob } = scene;
    await everybodyOwes();
    const ofAlice = await market.duesOf(alice.id);
    const ofBob = await market.duesOf(bob.id);
    // Whoever is settled first finds nobody who has paid: alice. Her penalty then pays half of bob's reward,
    // and that is what bob pays the grid.
    expect(ofAlice.gridOwesNano).to.equal(10n * 180_000n);
    expect(ofAlice.fundOwesNano).to.equal(100n * 2_000n);
    expect(ofBob.fundOwesNano).to.equal(100_000n);
    expect(ofBob.owesGridNano).to.equal(200n * 220_000n - 100_000n);
    // 5% of the 200 Wh beyond the declaration.
    expect(ofBob.owesFundNano).to.equal(200n * 10_000n);
    const total = await market.totalDues();
    expect([...total]).to.deep.equal(ofAlice.map((due, i) => due + ofBob[i]!));
  });

  it("pays as far as means allow, the grid first, whoever calls", async () => {
    const { market, bob, actors } = scene;
    await everybodyOwes();
    await setBalance(scene, bob.id, 43_900_001n);
    await expect(market.connect(actors.stranger).payDues(bob.id))
      .to.emit(market, "DuesChanged")
      .withArgs(bob.id, (dues: bigint[]) => dues[0] === 0n && dues[1] === 1_999_999n);
    expect((await market.accountOf(bob.id)).balanceNano).to.equal(0n);
    expect((await market.accountOf(1)).balanceNano).to.equal(44_000_000n);
    expect(await market.incentiveFundNano()).to.equal(1n);
  });

  it("pays what the grid and the fund owe once they can", async () => {
    const { market, alice } = scene;
    await everybodyOwes();
    const before = (await market.accountOf(alice.id)).balanceNano;
    await pay(scene, 1, 1_000_000n);
    await market.payDues(alice.id);
    expect((await market.accountOf(alice.id)).balanceNano).to.equal(before + 1_100_000n);
    expect((await market.duesOf(alice.id)).gridOwesNano).to.equal(700_000n);
    await pay(scene, 1, 10_000_000n);
    await market.payDues(alice.id);
    expect((await market.duesOf(alice.id)).gridOwesNano).to.equal(0n);
    expect((await market.accountOf(1)).balanceNano).to.equal(9_300_000n);
  });

  it("does nothing where nothing is due", async () => {
    const { market, alice } = scene;
    await expect(market.payDues(alice.id)).not.to.emit(market, "DuesChanged");
  });

  it("knows participants alone", async () => {
    const { market } = scene;
    for (const id of [0, 1, 9]) {
      await expect(market.payDues(id))
        .to.be.revertedWithCustomError(market, "UnknownParticipant")
        .withArgs(id);
    }
  });
});
