import { expect } from "chai";
import { at, goTo } from "../../../../helpers/market.ts";
import { POOL_TERMS, stagePool } from "../../../../helpers/privateMarket.ts";
import {
  confirm,
  DEADLINE,
  deposit,
  fresh,
  joinPool,
  nameSignals,
  proofOf,
  proposalOf,
  propose,
  refund,
  submitBuyPlan,
  submitSellPlan,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const [OPEN, MATCHED, ENDED, PROVEN] = [1, 2, 3, 4];
const PERIOD = 3;
/** Seconds from the genesis. */
const PROPOSALS_END = PERIOD * 900 - POOL_TERMS.proposalsLead;

describe("PlanBook.refund", () => {
  const scene = stagePool(async (fixture) => {
    await joinPool(fixture, fixture.actors.seller);
    await deposit(fixture);
    await fixture.pool.insertLeaves(1);
    const [sellPlan, buyPlan] = [fresh(), fresh()];
    await submitSellPlan(fixture, { plan: sellPlan, period: PERIOD });
    await submitBuyPlan(fixture, { plan: buyPlan, period: PERIOD });
    return { sellPlan, buyPlan, proposal: proposalOf(sellPlan, buyPlan) };
  });

  it("ends a plan once no match can come, from that second on", async () => {
    const { pool, genesis, buyPlan } = scene;
    await at(scene, 0, PROPOSALS_END - 1);
    await expectRefusal(
      refund(scene, buyPlan),
      pool,
      "RefundTooEarly",
      buyPlan,
      genesis + PROPOSALS_END,
    );
    await at(scene, 0, PROPOSALS_END);
    await expect(refund(scene, buyPlan)).to.emit(pool, "PlanRefunded").withArgs(buyPlan);
    expect((await pool.planOf(buyPlan)).state).to.equal(ENDED);
    expect(await pool.reservedLeaves()).to.equal(1n);
  });

  it("gives a buyer credit and a seller generation, sent by anybody", async () => {
    const { pool, actors, buyPlan, sellPlan } = scene;
    await goTo(scene, PERIOD);
    for (const [plan, side, leafIndex] of [
      [buyPlan, 0, 3],
      [sellPlan, 1, 4],
    ] as const) {
      const proof = await proofOf(scene, "Refund", { plan, side, strikes: 0 }, {});
      const { note } = nameSignals("Refund", proof.signals);
      await expect(pool.connect(actors.stranger).refund(proof, DEADLINE))
        .to.emit(pool, "NoteAdded")
        .withArgs(leafIndex, side, note, 0, proof.signals.slice(1, 6));
    }
  });

  it("refuses another side, other strikes or bonds than the book's", async () => {
    const { pool, sellPlan, buyPlan } = scene;
    await goTo(scene, PERIOD);
    for (const [plan, signals, expected, given] of [
      [buyPlan, { side: 1 }, 0, 1],
      [sellPlan, { side: 0 }, 1, 0],
      [buyPlan, { strikes: 1 }, 0, 1],
      [buyPlan, { bondNano: 0 }, POOL_TERMS.bondNano, 0],
      [sellPlan, { bondWh: 0 }, POOL_TERMS.bondWh, 0],
    ] as const) {
      await expectRefusal(refund(scene, plan, { signals }), pool, "ForeignTerms", expected, given);
    }
  });

  it("refuses a plan that is none, or has been refunded", async () => {
    const { pool, buyPlan } = scene;
    await goTo(scene, PERIOD);
    const unknown = fresh();
    await expectRefusal(refund(scene, unknown), pool, "PlanNotOpen", unknown, 0);
    await refund(scene, buyPlan);
    await expectRefusal(refund(scene, buyPlan), pool, "PlanNotOpen", buyPlan, ENDED);
  });

  it("refuses a plan in a match, proposed or agreed, and a rest that is only proven", async () => {
    const { pool, proposal, sellPlan, buyPlan } = scene;
    await goTo(scene, 0, PROPOSALS_END - 10);
    await propose(scene, proposal);
    const [sellRest, buyRest] = [fresh(), fresh()];
    await confirm(scene, "sell", proposal, sellRest);
    await at(scene, 0, PROPOSALS_END);
    await expectRefusal(refund(scene, sellPlan), pool, "PlanNotOpen", sellPlan, MATCHED);
    await expectRefusal(refund(scene, buyPlan), pool, "PlanNotOpen", buyPlan, MATCHED);
    await expectRefusal(refund(scene, sellRest), pool, "PlanNotOpen", sellRest, PROVEN);
    await confirm(scene, "buy", proposal, buyRest);
    await expectRefusal(refund(scene, sellPlan), pool, "PlanNotOpen", sellPlan, ENDED);
    await expectRefusal(refund(scene, buyPlan), pool, "PlanNotOpen", buyPlan, ENDED);
    expect((await pool.planOf(sellRest)).state).to.equal(OPEN);
    await refund(scene, sellRest);
    await refund(scene, buyRest);
  });

  it("returns a plan whose match lapsed, less its strike", async () => {
    const { pool, proposal, sellPlan, buyPlan } = scene;
    await goTo(scene, 0, PROPOSALS_END - 10);
    await propose(scene, proposal);
    await confirm(scene, "sell", proposal);
    await goTo(scene, PERIOD);
    await pool.lapse(proposal.record);
    await expectRefusal(
      refund(scene, buyPlan, { signals: { strikes: 0 } }),
      pool,
      "ForeignTerms",
      1,
      0,
    );
    await refund(scene, buyPlan, { signals: { strikes: 1 } });
    await refund(scene, sellPlan, { signals: { strikes: 0 } });
  });
});
