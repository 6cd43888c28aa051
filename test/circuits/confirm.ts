import { FIELD_ORDER, MAX_PLAN_PRICE } from "../../sdk/private/field.ts";
import { commitmentOf } from "../../sdk/private/notes.ts";
import { hash } from "../../sdk/private/poseidon.ts";
import { buildConfirmInputs } from "../../sdk/private/proofs/confirm.ts";
import { TAGS } from "../../sdk/private/tags.ts";
import { ALICE, BOB, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { forge } from "./helpers/forge.ts";
import { COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { matched, plan } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

for (const side of ["sell", "buy"] as const) {
  const name = side === "sell" ? "ConfirmSell" : "ConfirmBuy";

  describe(name, function () {
    this.timeout(COMPILING_MS);
    const compiled = willCompile(name);
    let circuit: TestCircuit;
    before(async () => {
      circuit = await compiled();
    });

    const own = plan(side, { energyWh: 700n, priceMicroPerKwh: 100n });
    const request = (energyWh = 300n, price = 100n) =>
      buildConfirmInputs(ALICE, setting(), { plan: own, match: matched(own, energyWh, price) });
    /** With a match of other terms, whose commitment is right. */
    const forged = (changes: Inputs) => {
      const valid = request().inputs;
      const terms = ["sellPlan", "buyPlan", "matchEnergyWh", "matchPrice", "matchSalt"].map(
        (term) => (changes[term] ?? valid[term]) as bigint,
      );
      const match = hash(TAGS.match, ...terms);
      return forge(name, ALICE, valid, { match, ...changes });
    };
    const better = side === "sell" ? 101n : 99n;
    const worse = side === "sell" ? 99n : 101n;

    it("takes a match at the limit or better, of a part or all", async () => {
      await expectProves(circuit, request());
      await expectProves(circuit, request(1n, better));
      await expectProves(circuit, request(700n, side === "sell" ? MAX_PLAN_PRICE : 0n));
    });

    it("refuses a price worse than the limit", async () => {
      await expectRefused(circuit, forged({ matchPrice: worse }));
      await expectRefused(circuit, forged({ matchPrice: side === "sell" ? 0n : MAX_PLAN_PRICE }));
    });

    it("refuses prices out of range, which would compare as good", async () => {
      for (const matchPrice of [2n ** 32n, FIELD_ORDER - 1n, FIELD_ORDER - 2n ** 32n + 200n]) {
        await expectRefused(circuit, forged({ matchPrice }));
      }
    });

    it("refuses no energy, more than planned and less than none", async () => {
      for (const matchEnergyWh of [0n, 701n, 2n ** 28n, FIELD_ORDER - 1n]) {
        await expectRefused(circuit, forged({ matchEnergyWh }));
      }
    });

    it("refuses a match of other plans", async () => {
      const own = side === "sell" ? "sellPlan" : "buyPlan";
      const others = commitmentOf(plan(side, { owner: BOB.owner }));
      await expectRefused(circuit, forged({ [own]: others }));
    });

    it("refuses another match than the record", async () => {
      await expectRefused(circuit, forged({ match: 5n }));
    });

    it("refuses a plan of the other side", async () => {
      const { salt, attributes } = own;
      const opposite = plan(side === "sell" ? "buy" : "sell", {
        energyWh: 700n,
        priceMicroPerKwh: 100n,
        attributes,
      });
      const name = side === "sell" ? "sellPlan" : "buyPlan";
      const changes = { [name]: commitmentOf(opposite), planSalt: salt };
      await expectRefused(circuit, forged(changes));
    });

    it("has no second proof of the same", () => expectNoOther(circuit, request()));
  });
}
