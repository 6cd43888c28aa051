import { FIELD_ORDER, MAX_PLAN_ENERGY_WH, MAX_PLAN_PRICE } from "../../sdk/private/field.ts";
import { buildSellPlanInputs } from "../../sdk/private/proofs/sellPlan.ts";
import { ALICE, BOB, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { forge } from "./helpers/forge.ts";
import { COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { FEATURES, generation, participant, PERIOD, placed } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

describe("SellPlan", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("SellPlan");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = (
    energyWh: bigint,
    { of = 1000n, bondWh = 50n, priceMicroPerKwh = 120_000n } = {},
  ) =>
    buildSellPlanInputs(ALICE, setting(), {
      from: placed(generation(of))[0]!,
      participant: participant(),
      energyWh,
      priceMicroPerKwh,
      features: FEATURES,
      encryptedFeaturesHash: 77n,
      bondWh,
    });
  const forged = (changes: Inputs) => forge("SellPlan", ALICE, request(700n).inputs, changes);

  it("offers a part or all of what was generated", async () => {
    await expectProves(circuit, request(700n));
    await expectProves(circuit, request(1000n, { bondWh: 1000n }));
    await expectProves(circuit, request(0n, { bondWh: 0n, priceMicroPerKwh: 0n }));
    const most = { of: MAX_PLAN_ENERGY_WH, bondWh: MAX_PLAN_ENERGY_WH };
    const priceMicroPerKwh = MAX_PLAN_PRICE;
    await expectProves(circuit, request(MAX_PLAN_ENERGY_WH, { ...most, priceMicroPerKwh }));
  });

  it("refuses more than was generated", async () => {
    for (const energyWh of [1001n, MAX_PLAN_ENERGY_WH]) {
      await expectRefused(circuit, forged({ energyWh }));
    }
  });

  it("refuses a negative energy, which would leave more than was generated", async () => {
    await expectRefused(circuit, forged({ energyWh: FIELD_ORDER - 1n, bondWh: 0n }));
  });

  it("refuses less than the bond", async () => {
    await expectRefused(circuit, forged({ energyWh: 49n }));
    await expectRefused(circuit, forged({ energyWh: 0n, bondWh: 1n }));
  });

  it("refuses a bond out of range, which would compare as small", async () => {
    for (const bondWh of [FIELD_ORDER - 5n, FIELD_ORDER - 1n]) {
      await expectRefused(circuit, forged({ bondWh }));
    }
  });

  it("refuses another period than the note's", async () => {
    for (const period of [PERIOD - 1n, PERIOD + 1n])
      await expectRefused(circuit, forged({ period }));
  });

  it("refuses another gateway than the note's", () =>
    expectRefused(circuit, forged({ gateway: 1n })));

  it("refuses an owner who is no participant, or no longer", async () => {
    for (const owner of [BOB.owner, 0n]) {
      const { root, siblings } = participant(owner);
      await expectRefused(
        circuit,
        forged({ participantsRoot: root, participantSiblings: siblings }),
      );
    }
  });

  it("has no second proof of the same", () => expectNoOther(circuit, request(700n)));
});
