import { expect } from "chai";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import { at, goTo } from "../../../../helpers/market.ts";
import { POOL_TERMS, stagePool } from "../../../../helpers/privateMarket.ts";
import {
  confirm,
  deposit,
  fresh,
  joinPool,
  proposalOf,
  propose,
  refund,
  submitBuyPlan,
  submitSellPlan,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const [NONE, OPEN, MATCHED, ENDED] = [0, 1, 2, 3];
const PERIOD = 3;
const PROPOSALS_END = PERIOD * 900 - POOL_TERMS.proposalsLead;

describe("Matches.proposeMatches", () => {
  const scene = stagePool(async (fixture) => {
    await joinPool(fixture, fixture.actors.seller);
    await deposit(fixture);
    await fixture.pool.insertLeaves(1);
    const sells = [fresh(), fresh()] as const;
    const buys = [fresh(), fresh()] as const;
    for (const plan of sells) await submitSellPlan(fixture, { plan, period: PERIOD });
    for (const plan of buys) await submitBuyPlan(fixture, { plan, period: PERIOD });
    return { sells, buys };
  });

  it("takes matches of open plans, with what opens them", async () => {
    const { pool, genesis, sells, buys } = scene;
    const proposals = [proposalOf(sells[0], buys[1]), proposalOf(sells[1], buys[0])];
    await at(scene, 1, 5);
    const confirmBy = BigInt(genesis + 905 + POOL_TERMS.confirmationTime);
    const call = propose(scene, ...proposals);
    for (const { record, sellPlan, buyPlan, opening } of proposals) {
      await expect(call)
        .to.emit(pool, "MatchProposed")
        .withArgs(record, sellPlan, buyPlan, confirmBy, opening);
      expect([...(await pool.matchOf(record))]).to.deep.equal([
        1n,
        false,
        false,
        BigInt(PERIOD),
        confirmBy,
        sellPlan,
        buyPlan,
        0n,
        0n,
        0n,
      ]);
      expect((await pool.planOf(sellPlan)).state).to.equal(MATCHED);
      expect((await pool.planOf(buyPlan)).state).to.equal(MATCHED);
    }
    expect(await pool.reservedLeaves()).to.equal(8n);
  });

  it("is the matcher's alone", async () => {
    const { pool, actors } = scene;
    for (const by of [actors.operator, actors.regulator, actors.admin, actors.stranger]) {
      await expectRefusal(
        pool.connect(by).proposeMatches([]),
        pool,
        "AccessManagedUnauthorized",
        by.address,
      );
    }
  });

  it("takes proposals until they close, a second before", async () => {
    const { pool, genesis, sells, buys } = scene;
    await at(scene, 0, PROPOSALS_END);
    await expectRefusal(
      propose(scene, proposalOf(sells[0], buys[0])),
      pool,
      "ProposalsClosed",
      PERIOD,
      genesis + PROPOSALS_END,
    );
  });

  it("takes one in the last second before they close", async () => {
    const { sells, buys } = scene;
    await at(scene, 0, PROPOSALS_END - 1);
    await propose(scene, proposalOf(sells[0], buys[0]));
  });

  it("takes a record once, also after it lapsed", async () => {
    const { pool, sells, buys } = scene;
    const proposal = proposalOf(sells[0], buys[0]);
    await propose(scene, proposal);
    const again = proposalOf(sells[1], buys[1], proposal.record);
    await expectRefusal(propose(scene, again), pool, "MatchKnown", proposal.record);
    await goTo(scene, 1);
    await pool.lapse(proposal.record);
    await expectRefusal(propose(scene, proposal), pool, "MatchKnown", proposal.record);
    await propose(scene, proposalOf(sells[0], buys[0]));
  });

  it("takes a plan for one match, also within one call", async () => {
    const { pool, sells, buys } = scene;
    await expectRefusal(
      propose(scene, proposalOf(sells[0], buys[0]), proposalOf(sells[0], buys[1])),
      pool,
      "PlanNotOpen",
      sells[0],
      MATCHED,
    );
    expect((await pool.planOf(sells[0])).state).to.equal(OPEN);
  });

  it("refuses a plan that is none, or has ended", async () => {
    const { pool, sells, buys } = scene;
    const unknown = fresh();
    await expectRefusal(
      propose(scene, proposalOf(sells[0], unknown)),
      pool,
      "PlanNotOpen",
      unknown,
      NONE,
    );
    const proposal = proposalOf(sells[0], buys[0]);
    await propose(scene, proposal);
    await confirm(scene, "sell", proposal);
    await confirm(scene, "buy", proposal);
    await expectRefusal(
      propose(scene, proposalOf(sells[1], buys[0])),
      pool,
      "PlanNotOpen",
      buys[0],
      ENDED,
    );
  });

  it("refuses a rest before the match is agreed, and takes it after", async () => {
    const { pool, sells, buys } = scene;
    const proposal = proposalOf(sells[0], buys[0]);
    await propose(scene, proposal);
    const [sellRest, buyRest] = [fresh(), fresh()];
    await confirm(scene, "sell", proposal, sellRest);
    await expectRefusal(
      propose(scene, proposalOf(sellRest, buys[1])),
      pool,
      "PlanNotOpen",
      sellRest,
      4,
    );
    await confirm(scene, "buy", proposal, buyRest);
    await propose(scene, proposalOf(sellRest, buys[1]), proposalOf(sells[1], buyRest));
  });

  it("refuses plans of the wrong sides", async () => {
    const { pool, sells, buys } = scene;
    for (const [sellPlan, buyPlan, wrong, isSell] of [
      [buys[0], buys[1], buys[0], false],
      [sells[0], sells[1], sells[1], true],
      [sells[0], sells[0], sells[0], true],
      [buys[0], sells[0], buys[0], false],
    ] as const) {
      await expectRefusal(
        propose(scene, proposalOf(sellPlan, buyPlan)),
        pool,
        "WrongSide",
        wrong,
        isSell,
      );
    }
  });

  it("refuses plans of two periods", async () => {
    const { pool, sells } = scene;
    const plan = fresh();
    await submitBuyPlan(scene, { plan, period: PERIOD + 1 });
    await expectRefusal(
      propose(scene, proposalOf(sells[0], plan)),
      pool,
      "PeriodsDiffer",
      PERIOD,
      PERIOD + 1,
    );
  });

  it("refuses a buyer whose bond is spent, and takes a seller with a strike", async () => {
    const { pool, sells, buys } = scene;
    const first = proposalOf(sells[0], buys[0]);
    const second = proposalOf(sells[1], buys[1]);
    await propose(scene, first, second);
    await confirm(scene, "sell", first);
    await confirm(scene, "buy", second);
    await goTo(scene, 1);
    await pool.lapse(first.record);
    await pool.lapse(second.record);
    await expectRefusal(propose(scene, proposalOf(sells[0], buys[0])), pool, "BondSpent", buys[0]);
    expect((await pool.planOf(sells[1])).strikes).to.equal(1n);
    await propose(scene, proposalOf(sells[1], buys[1]));
  });

  it("refuses numbers at or above the field's order", async () => {
    const { pool, sells, buys } = scene;
    for (let index = 0; index <= 5; index++) {
      const proposal = proposalOf(sells[0], buys[0]);
      if (index === 0) proposal.record = FIELD_ORDER;
      else proposal.opening[index - 1] = FIELD_ORDER;
      await expectRefusal(propose(scene, proposal), pool, "SignalNotCanonical", index, FIELD_ORDER);
    }
  });

  it("leaves a proposed plan out of refunds", async () => {
    const { pool, sells, buys } = scene;
    await at(scene, 0, PROPOSALS_END - 1);
    await propose(scene, proposalOf(sells[0], buys[0]));
    await expectRefusal(refund(scene, buys[0]), pool, "PlanNotOpen", buys[0], MATCHED);
    await refund(scene, buys[1]);
  });
});
