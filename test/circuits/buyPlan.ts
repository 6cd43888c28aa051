import {
  FIELD_ORDER,
  MAX_AMOUNT_NANO,
  MAX_PLAN_ENERGY_WH,
  MAX_PLAN_PRICE,
} from "../../sdk/private/field.ts";
import { buildBuyPlanInputs } from "../../sdk/private/proofs/buyPlan.ts";
import { ALICE, BOB, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { forge } from "./helpers/forge.ts";
import { COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { credit, FEATURES, participant, PERIOD, placed } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

describe("BuyPlan", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("BuyPlan");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = ({
    of = 1000n,
    energyWh = 7n,
    priceMicroPerKwh = 100n,
    bondNano = 50n,
    period = PERIOD,
  } = {}) =>
    buildBuyPlanInputs(ALICE, setting(), {
      from: placed(credit(of))[0]!,
      participant: participant(),
      energyWh,
      priceMicroPerKwh,
      features: FEATURES,
      encryptedFeaturesHash: 77n,
      period,
      bondNano,
    });
  const forged = (changes: Inputs) => forge("BuyPlan", ALICE, request().inputs, changes);

  it("locks what the plan can cost and the bond, and leaves the rest", async () => {
    await expectProves(circuit, request());
    // 7 · 100 + 300 is all
    await expectProves(circuit, request({ bondNano: 300n }));
    await expectProves(circuit, request({ energyWh: 0n, bondNano: 0n, period: 0n }));
    await expectProves(circuit, request({ of: MAX_AMOUNT_NANO, bondNano: MAX_AMOUNT_NANO - 700n }));
    await expectProves(
      circuit,
      request({
        of: MAX_AMOUNT_NANO,
        energyWh: MAX_PLAN_ENERGY_WH,
        priceMicroPerKwh: MAX_PLAN_PRICE,
        period: 2n ** 24n - 1n,
      }),
    );
  });

  it("refuses a lock above what the note holds", async () => {
    await expectRefused(circuit, forged({ bondNano: 301n }));
    await expectRefused(circuit, forged({ energyWh: 10n }));
    await expectRefused(circuit, forged({ price: MAX_PLAN_PRICE, energyWh: MAX_PLAN_ENERGY_WH }));
  });

  it("refuses negative bonds, energies and prices, which would leave more than the note held", async () => {
    for (const name of ["bondNano", "energyWh", "price"]) {
      await expectRefused(circuit, forged({ [name]: FIELD_ORDER - 1n }));
    }
  });

  it("refuses an owner who is no participant, or no longer", async () => {
    for (const owner of [BOB.owner, 0n]) {
      const { root, siblings } = participant(owner);
      await expectRefused(
        circuit,
        forged({ participantsRoot: root, participantSiblings: siblings }),
      );
    }
  });

  it("has no second proof of the same", () => expectNoOther(circuit, request()));
});
