import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { at, goTo } from "../../../../helpers/market.ts";
import { POOL_TERMS, stagePool } from "../../../../helpers/privateMarket.ts";
import {
  DEADLINE,
  deposit,
  fresh,
  joinPool,
  nameSignals,
  proofOf,
  submitBuyPlan,
  submitSellPlan,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const MAX_PERIOD = 2 ** 24 - 1;

for (const side of ["Sell", "Buy"] as const) {
  const submit = side === "Sell" ? submitSellPlan : submitBuyPlan;
  const circuit = `${side}Plan` as const;

  describe(`PlanBook.submit${side}Plan`, () => {
    const scene = stagePool(async (fixture) => {
      await joinPool(fixture, fixture.actors.seller);
      await deposit(fixture);
      await fixture.pool.insertLeaves(1);
      return {};
    });

    it("opens a plan and adds what is left of the note", async () => {
      const { pool, actors } = scene;
      const features = id("features");
      const bound = [BigInt(features)];
      const proof = await proofOf(scene, circuit, { period: 7 }, { bound });
      const named = nameSignals(circuit, proof.signals);
      const caller = pool.connect(actors.stranger);
      const call =
        side === "Sell"
          ? caller.submitSellPlan(proof, DEADLINE, features)
          : caller.submitBuyPlan(proof, DEADLINE, features);
      await expect(call).to.emit(pool, "NullifierSpent").withArgs(named.nullifier);
      await expect(call)
        .to.emit(pool, "PlanAdded")
        .withArgs(named.plan, side === "Sell", 7, 0, features, proof.signals.slice(2, 7));
      const [kind, left] = side === "Sell" ? [1, named.rest] : [0, named.change];
      await expect(call)
        .to.emit(pool, "NoteAdded")
        .withArgs(1, kind, left, 1, proof.signals.slice(8, side === "Sell" ? 13 : 12));
      expect([...(await pool.planOf(named.plan!))]).to.deep.equal([1n, side === "Sell", 7n, 0n]);
      expect(await pool.reservedLeaves()).to.equal(1n);
    });

    it("takes plans until they close, a second before", async () => {
      const { pool, genesis } = scene;
      const closedAt = 2 * 900 - POOL_TERMS.plansLead;
      await at(scene, 0, closedAt - 1);
      await submit(scene, { period: 2 });
      await at(scene, 0, closedAt);
      await expectRefusal(submit(scene, { period: 2 }), pool, "PlansClosed", 2, genesis + closedAt);
      await submit(scene, { period: 3 });
    });

    it("takes plans of the last period and of none beyond it", async () => {
      const { pool } = scene;
      await submit(scene, { period: MAX_PERIOD });
      for (const period of [BigInt(MAX_PERIOD) + 1n, 2n ** 253n]) {
        await expectRefusal(submit(scene, { period }), pool, "PeriodInvalid", period);
      }
    });

    it("takes a commitment once, on whichever side", async () => {
      const { pool } = scene;
      const plan = fresh();
      await submit(scene, { plan });
      await expectRefusal(submitSellPlan(scene, { plan }), pool, "PlanKnown", plan);
      await expectRefusal(submitBuyPlan(scene, { plan }), pool, "PlanKnown", plan);
      await goTo(scene, 1);
    });

    it("refuses other features than those of the proof", async () => {
      const { pool } = scene;
      const features = id("features");
      await expectRefusal(submit(scene, { features, bound: [0n] }), pool, "ForeignContext");
      await expectRefusal(
        submit(scene, { features: ZeroHash, bound: [BigInt(features)] }),
        pool,
        "ForeignContext",
      );
    });

    it("refuses another bond than the pool's", async () => {
      const { pool } = scene;
      const name = side === "Sell" ? "bondWh" : "bondNano";
      const bond = BigInt(POOL_TERMS[name]);
      for (const wrong of [bond - 1n, bond + 1n, 0n]) {
        await expectRefusal(
          submit(scene, { signals: { [name]: wrong } }),
          pool,
          "ForeignTerms",
          bond,
          wrong,
        );
      }
    });
  });
}
