import {
  FIELD_ORDER,
  MAX_AMOUNT_NANO,
  MAX_PLAN_ENERGY_WH,
  MAX_PLAN_PRICE,
} from "../../sdk/private/field.ts";
import { hash } from "../../sdk/private/poseidon.ts";
import { buildRefundInputs } from "../../sdk/private/proofs/refund.ts";
import { TAGS } from "../../sdk/private/tags.ts";
import { ALICE, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { forge } from "./helpers/forge.ts";
import { COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { FEATURES, GATEWAY, plan } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

describe("Refund", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("Refund");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = (
    side: "buy" | "sell",
    { strikes = 0n, bondNano = 50n, bondWh = 20n, energyWh = 300n, priceMicroPerKwh = 100n } = {},
  ) =>
    buildRefundInputs(ALICE, setting(), {
      plan: plan(side, { energyWh, priceMicroPerKwh }),
      gateway: side === "sell" ? GATEWAY : 0n,
      features: FEATURES,
      strikes,
      bondNano,
      bondWh,
    });
  const forged = (side: "buy" | "sell", changes: Inputs, amount: bigint) =>
    forge("Refund", ALICE, request(side).inputs, changes, amount);

  it("gives a buyer its lock, and the bond where it confirmed all", async () => {
    for (const strikes of [0n, 1n, 2n ** 16n - 1n]) {
      await expectProves(circuit, request("buy", { strikes }));
    }
    await expectProves(circuit, request("buy", { energyWh: 0n }));
    const most = { energyWh: MAX_PLAN_ENERGY_WH, priceMicroPerKwh: MAX_PLAN_PRICE };
    const bondNano = MAX_AMOUNT_NANO - MAX_PLAN_ENERGY_WH * MAX_PLAN_PRICE;
    await expectProves(circuit, request("buy", { ...most, bondNano }));
  });

  it("gives a seller its energy less a bond for each strike, at least none", async () => {
    for (const strikes of [0n, 1n, 14n, 15n, 16n, 2n ** 16n - 1n]) {
      await expectProves(circuit, request("sell", { strikes }));
    }
    const most = { energyWh: MAX_PLAN_ENERGY_WH, bondWh: MAX_PLAN_ENERGY_WH };
    await expectProves(circuit, request("sell", { ...most, strikes: 2n ** 16n - 1n }));
    await expectProves(circuit, request("sell", most));
  });

  it("gives a seller its energy whatever the buyers' bond is", async () => {
    await expectProves(circuit, request("sell", { bondNano: MAX_AMOUNT_NANO }));
  });

  it("refuses a lock that no note can hold", async () => {
    const bondNano = MAX_AMOUNT_NANO;
    await expectRefused(circuit, forged("buy", { bondNano }, 30_000n + bondNano));
  });

  it("refuses bonds and strikes out of range, which would give more than was locked", async () => {
    const minusOne = FIELD_ORDER - 1n;
    await expectRefused(circuit, forged("buy", { bondNano: minusOne }, 29_999n));
    await expectRefused(circuit, forged("sell", { bondNano: minusOne }, 300n));
    await expectRefused(circuit, forged("sell", { bondWh: minusOne, strikes: 1n }, 301n));
    await expectRefused(circuit, forged("sell", { strikes: minusOne }, 320n));
    await expectRefused(circuit, forged("sell", { strikes: 2n ** 16n }, 0n));
  });

  it("refuses a side that is none", async () => {
    const valid = request("buy", { energyWh: 0n }).inputs;
    const terms = ["period", "energyWh", "price"].map((name) => valid[name] as bigint);
    // Nothing else is against it: no energy, no bond, and attributes that open.
    const attributes = hash(TAGS.attributes, 0n, 0n);
    const salt = valid.planSalt as bigint;
    const commitment = hash(TAGS.plan, ALICE.owner, 2n, ...terms, attributes, salt);
    const changes = { side: 2n, plan: commitment, attributes, strikes: 1n };
    await expectRefused(circuit, forge("Refund", ALICE, valid, changes));
  });

  it("refuses a gateway of a buyer, with which the regulator could not read the memo", () =>
    expectRefused(circuit, forged("buy", { gateway: GATEWAY }, 30_050n)));

  it("refuses the other side, another plan and another gateway", async () => {
    await expectRefused(circuit, forged("buy", { side: 1n }, 300n));
    await expectRefused(circuit, forged("sell", { side: 0n }, 30_050n));
    await expectRefused(circuit, forged("sell", { plan: 5n }, 300n));
    await expectRefused(circuit, forged("sell", { gateway: 5n }, 300n));
  });

  it("has no second proof of the same", async () => {
    await expectNoOther(circuit, request("buy", { strikes: 1n }));
    await expectNoOther(circuit, request("sell", { strikes: 1n }));
  });
});
