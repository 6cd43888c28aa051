import { expect } from "chai";
import {
  FIELD_ORDER,
  MAX_AMOUNT_NANO,
  MAX_PERIOD,
  MAX_PLAN_ENERGY_WH,
} from "../../../sdk/private/field.ts";
import { MAX_PLAN_PRICE } from "../../../sdk/private/field.ts";
import { attributesOf, commitmentOf } from "../../../sdk/private/notes.ts";
import { nullifierOf } from "../../../sdk/private/nullifier.ts";
import { compileGadget, COMPILING_MS, expectSound } from "../helpers/gadget.ts";
import type { Inputs } from "../helpers/testCircuit.ts";

const TOP = FIELD_ORDER - 1n;

describe("commitments and nullifiers", function () {
  this.timeout(COMPILING_MS);

  const expectHash = async (component: string, inputs: Inputs, expected: bigint): Promise<void> => {
    const circuit = await compileGadget("notes", component);
    const witness = await expectSound(circuit, inputs);
    expect(circuit.value(witness, "out")).to.equal(expected);
  };

  it("of credit is the SDK's", async () => {
    for (const amountNano of [0n, MAX_AMOUNT_NANO]) {
      const note = { owner: TOP, amountNano, salt: TOP };
      await expectHash("CreditCommitment()", note, commitmentOf({ kind: "credit", ...note }));
    }
  });

  it("of generation is the SDK's", async () => {
    const note = { owner: 1n, gateway: TOP, period: MAX_PERIOD, energyWh: 3n, salt: 4n };
    await expectHash("GenerationCommitment()", note, commitmentOf({ kind: "generation", ...note }));
  });

  it("of a plan is the SDK's, for both sides", async () => {
    const terms = { owner: 1n, period: 2n, energyWh: MAX_PLAN_ENERGY_WH, attributes: 3n, salt: 4n };
    const price = MAX_PLAN_PRICE;
    for (const [side, code] of [
      ["buy", 0n],
      ["sell", 1n],
    ] as const) {
      const plan = { kind: "plan", side, priceMicroPerKwh: price, ...terms } as const;
      await expectHash("PlanCommitment()", { side: code, price, ...terms }, commitmentOf(plan));
    }
  });

  it("of attributes is the SDK's", async () => {
    await expectHash("Attributes()", { gateway: 0n, features: TOP }, attributesOf(0n, TOP));
  });

  it("of a match is the SDK's", async () => {
    const terms = { sellPlan: 1n, buyPlan: 2n, energyWh: 3n, salt: 5n };
    const match = { kind: "match", priceMicroPerKwh: 4n, ...terms } as const;
    await expectHash("MatchCommitment()", { price: 4n, ...terms }, commitmentOf(match));
  });

  it("of an actual note is the SDK's", async () => {
    const note = { match: 1n, energyWh: 2n, salt: 3n };
    await expectHash("ActualCommitment()", note, commitmentOf({ kind: "actual", ...note }));
  });

  it("of a nullifier is the SDK's", async () => {
    const [scope, nullifierKey] = [TOP, 7n];
    for (const index of [0, 2 ** 24 - 1]) {
      const inputs = { scope, nullifierKey, leafIndex: BigInt(index) };
      await expectHash("Nullifier()", inputs, nullifierOf(scope, nullifierKey, index));
    }
  });
});
