import { expect } from "chai";
import { at } from "../../../../helpers/market.ts";
import { POOL_TERMS, stagePool } from "../../../../helpers/privateMarket.ts";
import { setStrikes } from "../../../../helpers/privateStorage.ts";
import {
  confirm,
  deposit,
  fresh,
  joinPool,
  proposalOf,
  propose,
  submitBuyPlan,
  submitSellPlan,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const PERIOD = 3;
const CONFIRM_BY = POOL_TERMS.confirmationTime;

describe("Matches.lapse", () => {
  const scene = stagePool(async (fixture) => {
    await joinPool(fixture, fixture.actors.seller);
    await deposit(fixture);
    await fixture.pool.insertLeaves(1);
    const [sellPlan, buyPlan] = [fresh(), fresh()];
    await submitSellPlan(fixture, { plan: sellPlan, period: PERIOD });
    await submitBuyPlan(fixture, { plan: buyPlan, period: PERIOD });
    const proposal = proposalOf(sellPlan, buyPlan);
    await at(fixture, 0, 0);
    await propose(fixture, proposal);
    return { proposal, sellPlan, buyPlan, record: proposal.record };
  });

  const strikes = async () => {
    const { pool, sellPlan, buyPlan } = scene;
    const plans = await Promise.all([sellPlan, buyPlan].map((plan) => pool.planOf(plan)));
    expect(plans.map(({ state }) => state)).to.deep.equal([1n, 1n]);
    return plans.map((plan) => Number(plan.strikes));
  };

  it("reopens both plans as they were where both were silent", async () => {
    const { pool, actors, record } = scene;
    await at(scene, 0, CONFIRM_BY + 1);
    await expect(pool.connect(actors.stranger).lapse(record))
      .to.emit(pool, "MatchLapsed")
      .withArgs(record, false, false);
    expect((await pool.matchOf(record)).state).to.equal(3);
    expect(await strikes()).to.deep.equal([0, 0]);
    expect(await pool.reservedLeaves()).to.equal(2n);
  });

  it("strikes the side that was silent where the other confirmed", async () => {
    const { pool, proposal, record } = scene;
    await confirm(scene, "sell", proposal);
    await at(scene, 0, CONFIRM_BY + 1);
    await expect(pool.lapse(record)).to.emit(pool, "MatchLapsed").withArgs(record, false, true);
    expect(await strikes()).to.deep.equal([0, 1]);
  });

  it("strikes a silent seller again and again", async () => {
    const { pool, sellPlan, buyPlan, proposal } = scene;
    await confirm(scene, "buy", proposal);
    await at(scene, 0, CONFIRM_BY + 1);
    await pool.lapse(proposal.record);
    const second = proposalOf(sellPlan, buyPlan);
    await at(scene, 0, CONFIRM_BY + 2);
    await propose(scene, second);
    await confirm(scene, "buy", second);
    await at(scene, 0, 2 * CONFIRM_BY + 3);
    await expect(pool.lapse(second.record))
      .to.emit(pool, "MatchLapsed")
      .withArgs(second.record, true, false);
    expect(await strikes()).to.deep.equal([2, 0]);
  });

  it("counts strikes to 65,535 and stops there", async () => {
    const { pool, sellPlan, buyPlan, proposal } = scene;
    await setStrikes(scene, sellPlan, 65_534);
    await confirm(scene, "buy", proposal);
    await at(scene, 0, CONFIRM_BY + 1);
    await pool.lapse(proposal.record);
    expect(await strikes()).to.deep.equal([65_535, 0]);
    const second = proposalOf(sellPlan, buyPlan);
    await propose(scene, second);
    await confirm(scene, "buy", second);
    await at(scene, 0, 3 * CONFIRM_BY);
    await pool.lapse(second.record);
    expect(await strikes()).to.deep.equal([65_535, 0]);
  });

  it("comes a second after the last one for confirmations", async () => {
    const { pool, genesis, record } = scene;
    await at(scene, 0, CONFIRM_BY);
    await expectRefusal(pool.lapse(record), pool, "ConfirmationOpen", record, genesis + CONFIRM_BY);
    await at(scene, 0, CONFIRM_BY + 1);
    await pool.lapse(record);
  });

  it("is refused for a match that is none, agreed or lapsed", async () => {
    const { pool, proposal, record } = scene;
    const none = fresh();
    await expectRefusal(pool.lapse(none), pool, "MatchNot", none, 1, 0);
    await confirm(scene, "sell", proposal);
    await confirm(scene, "buy", proposal);
    await at(scene, 0, CONFIRM_BY + 1);
    await expectRefusal(pool.lapse(record), pool, "MatchNot", record, 1, 2);
  });

  it("happens once", async () => {
    const { pool, record } = scene;
    await at(scene, 0, CONFIRM_BY + 1);
    await pool.lapse(record);
    await expectRefusal(pool.lapse(record), pool, "MatchNot", record, 1, 3);
  });

  it("leaves a rest that was proven nothing, for ever", async () => {
    const { pool, proposal, buyPlan, record } = scene;
    const rest = fresh();
    await confirm(scene, "sell", proposal, rest);
    await at(scene, 0, CONFIRM_BY + 1);
    await pool.lapse(record);
    expect((await pool.planOf(rest)).state).to.equal(4);
    await expectRefusal(propose(scene, proposalOf(rest, buyPlan)), pool, "PlanNotOpen", rest, 4);
    await expectRefusal(submitSellPlan(scene, { plan: rest, period: 9 }), pool, "PlanKnown", rest);
  });
});
