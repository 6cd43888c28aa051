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
  settle,
  submitBuyPlan,
  submitSellPlan,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const PERIOD = 3;
const CLOSED = (PERIOD + 1) * 900 + POOL_TERMS.reportingTime;

for (const side of ["sell", "buy"] as const) {
  const other = side === "sell" ? "buy" : "sell";
  const circuit = side === "sell" ? "SettleSell" : "SettleBuy";

  describe(`Delivery.${side === "sell" ? "settleSell" : "settleBuy"}`, () => {
    const scene = stagePool(async (fixture) => {
      await joinPool(fixture, fixture.actors.seller);
      await deposit(fixture);
      await fixture.pool.insertLeaves(1);
      const [sellPlan, buyPlan] = [fresh(), fresh()];
      await submitSellPlan(fixture, { plan: sellPlan, period: PERIOD });
      await submitBuyPlan(fixture, { plan: buyPlan, period: PERIOD });
      const proposal = proposalOf(sellPlan, buyPlan);
      await propose(fixture, proposal);
      await confirm(fixture, "sell", proposal);
      await confirm(fixture, "buy", proposal);
      return { proposal, record: proposal.record };
    });

    it("adds the side's credit once the actual note is there, sent by anybody", async () => {
      const { pool, actors, proposal, record } = scene;
      await goTo(scene, PERIOD + 1);
      const actual = fresh();
      await reportActual(scene, proposal, actual);
      const plan = side === "sell" ? proposal.sellPlan : proposal.buyPlan;
      const proof = await proofOf(scene, circuit, { match: record, plan, actual }, {});
      const [credit, ...signals] = proof.signals;
      const by = pool.connect(actors.stranger);
      const call = side === "sell" ? by.settleSell(proof, DEADLINE) : by.settleBuy(proof, DEADLINE);
      await expect(call)
        .to.emit(pool, "MatchSettled")
        .withArgs(record, side === "sell");
      await expect(call).to.emit(pool, "NoteAdded").withArgs(3, 0, credit, 0, signals.slice(0, 4));
      const match = await pool.matchOf(record);
      expect([match.sellSettled, match.buySettled]).to.deep.equal([
        side === "sell",
        side === "buy",
      ]);
      expect(await pool.reservedLeaves()).to.equal(3n);
    });

    it("settles each side once, and both", async () => {
      const { pool, proposal, record } = scene;
      await goTo(scene, 0, CLOSED);
      await settle(scene, side, proposal);
      await expectRefusal(
        settle(scene, side, proposal),
        pool,
        "SettledBefore",
        record,
        side === "sell",
      );
      await settle(scene, other, proposal);
      expect(await pool.reservedLeaves()).to.equal(2n);
      await expectRefusal(settle(scene, side, proposal), pool, "SettledBefore");
    });

    it("waits for the actual note until its deadline has passed", async () => {
      const { pool, genesis, proposal, record } = scene;
      await at(scene, 0, CLOSED - 1);
      await expectRefusal(
        settle(scene, side, proposal),
        pool,
        "SettlementNotBegun",
        record,
        genesis + CLOSED,
      );
      await at(scene, 0, CLOSED);
      await settle(scene, side, proposal);
    });

    it("refuses another actual note than the match's, and none where there is one", async () => {
      const { pool, proposal } = scene;
      await goTo(scene, PERIOD + 1);
      const actual = fresh();
      await reportActual(scene, proposal, actual);
      for (const wrong of [fresh(), 0n]) {
        await expectRefusal(
          settle(scene, side, proposal, { signals: { actual: wrong } }),
          pool,
          "ForeignActual",
          actual,
          wrong,
        );
      }
      await goTo(scene, 0, CLOSED);
      await expectRefusal(
        settle(scene, side, proposal, { signals: { actual: 0n } }),
        pool,
        "ForeignActual",
        actual,
        0,
      );
    });

    it("refuses an actual note where none came in time", async () => {
      const { pool, proposal } = scene;
      await goTo(scene, 0, CLOSED);
      const late = fresh();
      await expectRefusal(
        settle(scene, side, proposal, { signals: { actual: late } }),
        pool,
        "ForeignActual",
        0,
        late,
      );
    });

    it("refuses the other side's plan, and a foreign one", async () => {
      const { pool, proposal } = scene;
      await goTo(scene, 0, CLOSED);
      const [mine, theirs] =
        side === "sell"
          ? [proposal.sellPlan, proposal.buyPlan]
          : [proposal.buyPlan, proposal.sellPlan];
      for (const plan of [theirs, fresh()]) {
        await expectRefusal(
          settle(scene, side, proposal, { signals: { plan } }),
          pool,
          "ForeignPlan",
          mine,
          plan,
        );
      }
    });

    it("refuses another tolerance than the pool's", async () => {
      const { pool, proposal } = scene;
      await goTo(scene, 0, CLOSED);
      await expectRefusal(
        settle(scene, side, proposal, { signals: { toleranceBps: 9_999 } }),
        pool,
        "ForeignTerms",
        POOL_TERMS.toleranceBps,
        9_999,
      );
    });

    it("refuses a match that is not agreed", async () => {
      const { pool } = scene;
      await goTo(scene, 0, CLOSED);
      const none = proposalOf(fresh(), fresh());
      await expectRefusal(settle(scene, side, none), pool, "MatchNot", none.record, 2, 0);
    });
  });
}
