import { expect } from "chai";
import { goTo } from "../../../../helpers/market.ts";
import { fillTree, leavesSlot } from "../../../../helpers/privateStorage.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import {
  confirm,
  deposit,
  fresh,
  issueGeneration,
  joinPool,
  merge,
  proposalOf,
  propose,
  refund,
  settle,
  submitBuyPlan,
  submitSellPlan,
  withdraw,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const CAPACITY = 2 ** 24;
/** Of the fixture: two plans, each with a change, and a note to spend. */
const RESERVED = 2;
/** The fixture's only root is of one leaf, whatever the counts are made to say. */
const ROOT = { signals: { size: 1 } };

describe("NoteQueue's last leaves [P3] [P8]", () => {
  const scene = stagePool(async (fixture) => {
    await joinPool(fixture, fixture.actors.seller);
    await deposit(fixture);
    await fixture.pool.insertLeaves(1);
    const [sellPlan, buyPlan] = [fresh(), fresh()];
    await submitSellPlan(fixture, { plan: sellPlan });
    await submitBuyPlan(fixture, { plan: buyPlan });
    return { proposal: proposalOf(sellPlan, buyPlan) };
  });

  /** Leaves so many free that are kept for nobody. */
  const leave = (free: number) => fillTree(scene, CAPACITY - RESERVED - free);

  it("are in the first slot of its module, as the tests take it", async () => {
    await deposit(scene);
    const word = BigInt(
      await scene.ethers.provider.getStorage(scene.poolAddress, await leavesSlot()),
    );
    expect(word).to.equal(1n | (4n << 32n) | (2n << 64n));
  });

  it("of one leaf take a deposit, generation or merge, and of none nothing", async () => {
    const { pool } = scene;
    for (const verb of [
      () => deposit(scene),
      () => issueGeneration(scene),
      () => merge(scene, ROOT),
    ]) {
      await leave(1);
      await verb();
      await expectRefusal(verb(), pool, "TreeFull", CAPACITY);
    }
  });

  for (const verb of [submitSellPlan, submitBuyPlan]) {
    it(`of two leaves take a plan with its change, and of one none: ${verb.name}`, async () => {
      const { pool } = scene;
      await leave(1);
      await expectRefusal(verb(scene, ROOT), pool, "TreeFull", CAPACITY);
      await leave(2);
      await verb(scene, ROOT);
      expect(await pool.reservedLeaves()).to.equal(RESERVED + 1);
    });
  }

  it("of two leaves take a match, and of one none", async () => {
    const { pool, proposal } = scene;
    await leave(1);
    await expectRefusal(propose(scene, proposal), pool, "TreeFull", CAPACITY);
    await leave(2);
    await propose(scene, proposal);
    expect(await pool.reservedLeaves()).to.equal(RESERVED + 2);
  });

  it("do not keep a match from being confirmed and settled, and its rests from being refunded", async () => {
    const { pool, proposal } = scene;
    await leave(2);
    await propose(scene, proposal);
    await expectRefusal(deposit(scene), pool, "TreeFull", CAPACITY);
    const [sellRest, buyRest] = [fresh(), fresh()];
    await confirm(scene, "sell", proposal, sellRest);
    await confirm(scene, "buy", proposal, buyRest);
    await goTo(scene, 3);
    await settle(scene, "sell", proposal);
    await settle(scene, "buy", proposal);
    await refund(scene, sellRest);
    await refund(scene, buyRest);
    expect(await pool.reservedLeaves()).to.equal(0n);
    await expectRefusal(deposit(scene), pool, "TreeFull", CAPACITY);
  });

  it("are free again after a lapse and a refund", async () => {
    const { pool, proposal } = scene;
    await propose(scene, proposal);
    expect(await pool.reservedLeaves()).to.equal(4n);
    await goTo(scene, 0);
    await pool.lapse(proposal.record);
    expect(await pool.reservedLeaves()).to.equal(2n);
    await refund(scene, proposal.sellPlan);
    expect(await pool.reservedLeaves()).to.equal(1n);
  });

  it("are not for a withdrawal's change, which is paid all the same", async () => {
    const { pool, token, actors } = scene;
    await leave(1);
    await expect(withdraw(scene, {}, ROOT)).to.emit(pool, "NoteAdded");
    const call = withdraw(scene, {}, ROOT);
    await expect(call).not.to.emit(pool, "NoteAdded");
    await expect(call).to.changeTokenBalances(scene.ethers, token, [actors.stranger], [100]);
    expect(await pool.reservedLeaves()).to.equal(RESERVED);
  });

  it("are filled to the very last one, with the root of a full tree", async () => {
    const { pool, proposal } = scene;
    await goTo(scene, 0);
    await fillTree(scene, CAPACITY - RESERVED);
    await refund(scene, proposal.sellPlan);
    await refund(scene, proposal.buyPlan);
    await pool.insertLeaves(2);
    const [root, size, pending] = await pool.noteTree();
    expect([size, pending]).to.deep.equal([BigInt(CAPACITY), 0n]);
    expect(await pool.sizeOfRoot(root)).to.equal(CAPACITY);
  });
});
