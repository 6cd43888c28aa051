import { expect } from "chai";
import { at } from "../../../../helpers/market.ts";
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
  submitBuyPlan,
  submitSellPlan,
  type Side,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const [PROPOSED, AGREED] = [1, 2];
const PERIOD = 3;

for (const side of ["sell", "buy"] as const) {
  const other: Side = side === "sell" ? "buy" : "sell";
  const verb = side === "sell" ? "confirmSell" : "confirmBuy";
  const circuit = side === "sell" ? "ConfirmSell" : "ConfirmBuy";

  describe(`Matches.${verb}`, () => {
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
      return { proposal };
    });

    it("keeps what the match leaves, and opens nothing alone", async () => {
      const { pool, proposal } = scene;
      const { record, sellPlan, buyPlan } = proposal;
      const proof = await proofOf(scene, circuit, { match: record, sellPlan, buyPlan }, {});
      const [rest, ...signals] = proof.signals;
      const call =
        side === "sell" ? pool.confirmSell(proof, DEADLINE) : pool.confirmBuy(proof, DEADLINE);
      await expect(call)
        .to.emit(pool, "MatchConfirmed")
        .withArgs(record, side === "sell", rest, signals.slice(0, 5));
      await expect(call).not.to.emit(pool, "MatchAgreed");
      const match = await pool.matchOf(record);
      expect(match.state).to.equal(PROPOSED);
      expect(side === "sell" ? match.sellRest : match.buyRest).to.equal(rest);
      expect([...(await pool.planOf(rest!))]).to.deep.equal([4n, side === "sell", 3n, 0n]);
      expect(await pool.reservedLeaves()).to.equal(4n);
    });

    it("agrees where the other side has confirmed: plans end and rests open", async () => {
      const { pool, proposal } = scene;
      const { record, sellPlan, buyPlan } = proposal;
      const [mine, theirs] = [fresh(), fresh()];
      await confirm(scene, other, proposal, theirs);
      const rests = side === "sell" ? [mine, theirs] : [theirs, mine];
      await expect(confirm(scene, side, proposal, mine))
        .to.emit(pool, "MatchAgreed")
        .withArgs(record, ...rests);
      expect((await pool.matchOf(record)).state).to.equal(AGREED);
      for (const plan of [sellPlan, buyPlan]) expect((await pool.planOf(plan)).state).to.equal(3);
      expect([...(await pool.planOf(rests[0]!))]).to.deep.equal([1n, true, 3n, 0n]);
      expect([...(await pool.planOf(rests[1]!))]).to.deep.equal([1n, false, 3n, 0n]);
      expect(await pool.reservedLeaves()).to.equal(4n);
    });

    it("hands strikes down to the rest", async () => {
      if (side === "buy") return;
      const { pool, proposal } = scene;
      await confirm(scene, "buy", proposal);
      await at(scene, 0, POOL_TERMS.confirmationTime + 1);
      await pool.lapse(proposal.record);
      const again = proposalOf(proposal.sellPlan, proposal.buyPlan);
      await propose(scene, again);
      const rest = fresh();
      await confirm(scene, "sell", again, rest);
      await confirm(scene, "buy", again);
      expect([...(await pool.planOf(rest))]).to.deep.equal([1n, true, 3n, 1n]);
    });

    it("is refused a second after the last one", async () => {
      const { pool, genesis, proposal } = scene;
      const confirmBy = POOL_TERMS.confirmationTime;
      await at(scene, 0, confirmBy + 1);
      await expectRefusal(
        confirm(scene, side, proposal),
        pool,
        "ConfirmationClosed",
        proposal.record,
        genesis + confirmBy,
      );
    });

    it("is taken in the last second", async () => {
      await at(scene, 0, POOL_TERMS.confirmationTime);
      await confirm(scene, side, scene.proposal);
    });

    it("is taken once", async () => {
      const { pool, proposal } = scene;
      await confirm(scene, side, proposal);
      await expectRefusal(
        confirm(scene, side, proposal),
        pool,
        "ConfirmedBefore",
        proposal.record,
        side === "sell",
      );
    });

    it("is refused for a match that is none, agreed or lapsed", async () => {
      const { pool, proposal } = scene;
      const { sellPlan, buyPlan, record } = proposal;
      const none = proposalOf(sellPlan, buyPlan);
      await expectRefusal(confirm(scene, side, none), pool, "MatchNot", none.record, PROPOSED, 0);
      await confirm(scene, side, proposal);
      await confirm(scene, other, proposal);
      await expectRefusal(
        confirm(scene, side, proposal),
        pool,
        "MatchNot",
        record,
        PROPOSED,
        AGREED,
      );
    });

    it("is refused for a match that lapsed", async () => {
      const { pool, proposal } = scene;
      await at(scene, 0, POOL_TERMS.confirmationTime + 1);
      await pool.lapse(proposal.record);
      await expectRefusal(
        confirm(scene, side, proposal),
        pool,
        "MatchNot",
        proposal.record,
        PROPOSED,
        3,
      );
    });

    it("is refused for other plans than the match's", async () => {
      const { pool, proposal } = scene;
      for (const name of ["sellPlan", "buyPlan"] as const) {
        const foreign = fresh();
        await expectRefusal(
          confirm(scene, side, { ...proposal, [name]: foreign }),
          pool,
          "ForeignPlan",
          proposal[name],
          foreign,
        );
      }
    });

    it("is refused with a rest whose commitment is taken", async () => {
      const { pool, proposal } = scene;
      const theirs = fresh();
      await confirm(scene, other, proposal, theirs);
      for (const taken of [proposal.sellPlan, proposal.buyPlan, theirs]) {
        await expectRefusal(confirm(scene, side, proposal, taken), pool, "PlanKnown", taken);
      }
    });

    it("is refused with a rest of 0, which stands for no confirmation", async () => {
      const { pool, proposal } = scene;
      await expectRefusal(
        confirm(scene, side, proposal, 0n),
        pool,
        "InvalidProof",
        side === "sell" ? 7 : 8,
      );
    });
  });
}
