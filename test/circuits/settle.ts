import { FIELD_ORDER, MAX_PLAN_ENERGY_WH, MAX_PLAN_PRICE } from "../../sdk/private/field.ts";
import { hash } from "../../sdk/private/poseidon.ts";
import { buildSettleInputs } from "../../sdk/private/proofs/settle.ts";
import { TAGS } from "../../sdk/private/tags.ts";
import { ALICE, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { forge } from "./helpers/forge.ts";
import { COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { actual, matched, plan } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

const MAX = MAX_PLAN_ENERGY_WH;

for (const side of ["sell", "buy"] as const) {
  const name = side === "sell" ? "SettleSell" : "SettleBuy";

  describe(name, function () {
    this.timeout(COMPILING_MS);
    const compiled = willCompile(name);
    let circuit: TestCircuit;
    before(async () => {
      circuit = await compiled();
    });

    const request = (
      { limit = 100n, matchWh = 300n, price = 100n, toleranceBps = 500n } = {},
      actualWh = 300n,
    ) => {
      const own = plan(side, { energyWh: matchWh, priceMicroPerKwh: limit });
      const match = matched(own, matchWh, price);
      const terms = { plan: own, match, actual: actual(match, actualWh), toleranceBps };
      return buildSettleInputs(ALICE, setting(), terms);
    };
    const silent = () => {
      const own = plan(side, { energyWh: 300n, priceMicroPerKwh: 100n });
      const match = matched(own, 300n, 100n);
      const terms = { plan: own, match, actual: undefined, toleranceBps: 9999n };
      return buildSettleInputs(ALICE, setting(), terms);
    };
    /** With a match and an actual note of other terms, whose commitments are right. */
    const forged = (changes: Inputs, amount: bigint) => {
      const valid = request().inputs;
      const of = (term: string) => (changes[term] ?? valid[term]) as bigint;
      const plans = side === "sell" ? ["plan", "otherPlan"] : ["otherPlan", "plan"];
      const terms = [...plans, "matchEnergyWh", "matchPrice", "matchSalt"].map(of);
      const match = hash(TAGS.match, ...terms);
      const measured = hash(TAGS.actual, match, of("actualEnergyWh"), of("actualSalt"));
      return forge(name, ALICE, valid, { match, actual: measured, ...changes }, amount);
    };

    it("pays for what was delivered, and gives back the rest of the lock", async () => {
      for (const actualWh of [0n, 284n, 285n, 300n, 301n, MAX]) {
        await expectProves(circuit, request({}, actualWh));
      }
      const [limit, price] = side === "sell" ? [90n, 100n] : [110n, 100n];
      await expectProves(circuit, request({ limit, price }, 250n));
    });

    it("pays the largest amounts", async () => {
      const most = { limit: MAX_PLAN_PRICE, matchWh: MAX, price: MAX_PLAN_PRICE };
      await expectProves(circuit, request(most, MAX));
      await expectProves(circuit, request({ ...most, toleranceBps: 0n }, 0n));
    });

    it("takes nothing for delivered where the gateway was silent", async () => {
      await expectProves(circuit, silent());
    });

    it("takes no energy for delivered where the gateway was silent", async () => {
      const amount = side === "sell" ? 30_000n : 0n;
      await expectRefused(circuit, forged({ actual: 0n, actualEnergyWh: 300n }, amount));
    });

    it("takes another energy than the actual note's for nothing", async () => {
      const valid = request({}, 100n).inputs;
      const amount = side === "sell" ? 30_000n : 0n;
      await expectRefused(circuit, forged({ actual: valid.actual as bigint }, amount));
    });

    it("refuses another match than the confirmed one", async () => {
      await expectRefused(circuit, forged({ match: 5n }, side === "sell" ? 30_000n : 0n));
    });

    it("refuses prices out of range", async () => {
      const price = 2n ** 32n;
      const amount = side === "sell" ? 300n * price : 300n * (100n - price);
      await expectRefused(circuit, forged({ matchPrice: price }, amount));
      const negative = side === "sell" ? -300n : 300n * 101n;
      await expectRefused(circuit, forged({ matchPrice: FIELD_ORDER - 1n }, negative));
    });

    it("refuses energies out of range", async () => {
      for (const matchEnergyWh of [2n ** 28n, FIELD_ORDER - 1n]) {
        await expectRefused(circuit, forged({ matchEnergyWh }, 0n));
      }
    });

    it("has no second proof of the same", () => expectNoOther(circuit, request()));
  });
}
