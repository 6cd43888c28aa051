import { expect } from "chai";
import { at, goTo } from "../../../../helpers/market.ts";
import { POOL_TERMS, stagePool } from "../../../../helpers/privateMarket.ts";
import {
  confirm,
  DEADLINE,
  deposit,
  fresh,
  joinPool,
  proofOf,
  proposalOf,
  propose,
  reportActual,
  submitBuyPlan,
  submitSellPlan,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const PERIOD = 3;
const DELIVERED = (PERIOD + 1) * 900;
const CLOSED = DELIVERED + POOL_TERMS.reportingTime;

describe("Delivery.reportActual", () => {
  const scene = stagePool(async (fixture) => {
    await joinPool(fixture, fixture.actors.seller);
    await deposit(fixture);
    await fixture.pool.insertLeaves(1);
    const plans = [fresh(), fresh(), fresh(), fresh()] as const;
    await submitSellPlan(fixture, { plan: plans[0], period: PERIOD });
    await submitBuyPlan(fixture, { plan: plans[1], period: PERIOD });
    await submitSellPlan(fixture, { plan: plans[2], period: PERIOD });
    await submitBuyPlan(fixture, { plan: plans[3], period: PERIOD });
    const proposal = proposalOf(plans[0], plans[1]);
    const unconfirmed = proposalOf(plans[2], plans[3]);
    await propose(fixture, proposal, unconfirmed);
    await confirm(fixture, "sell", proposal);
    await confirm(fixture, "buy", proposal);
    return { proposal, unconfirmed, record: proposal.record };
  });

  it("keeps what was delivered, sent by anybody", async () => {
    const { pool, actors, proposal, record } = scene;
    const { sellPlan, buyPlan } = proposal;
    await goTo(scene, PERIOD + 1);
    const proof = await proofOf(scene, "Actual", { match: record, sellPlan, buyPlan }, {});
    const [actual, ...signals] = proof.signals;
    await expect(pool.connect(actors.stranger).reportActual(proof, DEADLINE))
      .to.emit(pool, "ActualReported")
      .withArgs(record, actual, signals.slice(0, 3));
    expect((await pool.matchOf(record)).actual).to.equal(actual);
  });

  it("is taken from the end of delivery on", async () => {
    const { pool, genesis, proposal, record } = scene;
    await at(scene, 0, DELIVERED - 1);
    await expectRefusal(
      reportActual(scene, proposal),
      pool,
      "ReportingNotBegun",
      record,
      genesis + DELIVERED,
    );
    await at(scene, 0, DELIVERED);
    await reportActual(scene, proposal);
  });

  it("is taken in the last second of the reporting time", async () => {
    await at(scene, 0, CLOSED - 1);
    await reportActual(scene, scene.proposal);
  });

  it("is refused after the reporting time: silence has become final", async () => {
    const { pool, genesis, proposal, record } = scene;
    await at(scene, 0, CLOSED);
    await expectRefusal(
      reportActual(scene, proposal),
      pool,
      "ReportingClosed",
      record,
      genesis + CLOSED,
    );
  });

  it("is taken once, whatever it says", async () => {
    const { pool, proposal, record } = scene;
    await goTo(scene, PERIOD + 1);
    const actual = fresh();
    await reportActual(scene, proposal, actual);
    for (const again of [actual, fresh()]) {
      await expectRefusal(
        reportActual(scene, proposal, again),
        pool,
        "ActualKnown",
        record,
        actual,
      );
    }
  });

  it("is not 0, which stands for silence", async () => {
    await goTo(scene, PERIOD + 1);
    await expectRefusal(reportActual(scene, scene.proposal, 0n), scene.pool, "InvalidProof", 9);
  });

  it("is refused for a match that is not agreed", async () => {
    const { pool, unconfirmed } = scene;
    await goTo(scene, PERIOD + 1);
    const { record } = unconfirmed;
    await expectRefusal(reportActual(scene, unconfirmed), pool, "MatchNot", record, 2, 1);
    await pool.lapse(record);
    await expectRefusal(reportActual(scene, unconfirmed), pool, "MatchNot", record, 2, 3);
    const none = proposalOf(1n, 2n);
    await expectRefusal(reportActual(scene, none), pool, "MatchNot", none.record, 2, 0);
  });

  it("is refused for other plans than the match's", async () => {
    const { pool, proposal } = scene;
    await goTo(scene, PERIOD + 1);
    for (const name of ["sellPlan", "buyPlan"] as const) {
      const foreign = fresh();
      await expectRefusal(
        reportActual(scene, { ...proposal, [name]: foreign }),
        pool,
        "ForeignPlan",
        proposal[name],
        foreign,
      );
    }
  });
});
