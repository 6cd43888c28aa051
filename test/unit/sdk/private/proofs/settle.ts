import { expect } from "chai";
import { outcomeOf } from "../../../../../sdk/private/authorisation.ts";
import { UnprovableError } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { buildSettleInputs, settledNano } from "../../../../../sdk/private/proofs/settle.ts";
import { ALICE, BOB, setting } from "../scene.ts";
import {
  expectSound,
  expectSigned,
  sellPlan,
  buyPlan,
  match,
  MATCH,
  actual,
} from "./proofScene.ts";

describe("buildSettleInputs", () => {
  const settle = (change: object = {}) => ({
    plan: sellPlan,
    match,
    actual,
    toleranceBps: 300n,
    ...change,
  });

  it("pays the seller for what came, and gives the buyer the rest of its lock", () => {
    const sale = buildSettleInputs(ALICE, setting(), settle());
    const purchase = buildSettleInputs(BOB, setting(), settle({ plan: buyPlan }));
    expectSound(sale);
    expectSound(purchase, BOB);
    expect(sale.created[0]!.note).to.deep.include({ amountNano: 480n * 250n });
    expect(purchase.created[0]!.note).to.deep.include({ amountNano: 500n * 300n - 480n * 250n });
    const { commitment } = sale.created[0]!;
    expectSigned(sale, match.sellPlan, outcomeOf(commitment, MATCH));
    expect(sale.inputs.otherPlan).to.equal(match.buyPlan);
    expect(purchase.inputs.otherPlan).to.equal(match.sellPlan);
  });

  it("keeps the sum of both sides, whatever came", () => {
    for (const energyWh of [0n, 1n, 484n, 485n, 500n, 5_000n]) {
      const terms = settle({ actual: { ...actual, energyWh } });
      const sum = settledNano(terms) + settledNano({ ...terms, plan: buyPlan });
      expect(sum).to.equal(500n * 300n);
    }
  });

  it("counts a gateway's silence as nothing delivered", () => {
    const request = buildSettleInputs(BOB, setting(), settle({ plan: buyPlan, actual: undefined }));
    expectSound(request, BOB);
    expect(request.signals.actual).to.equal(0n);
    expect(request.inputs).to.deep.include({ actualEnergyWh: 0n, actualSalt: 0n });
    expect(request.created[0]!.note).to.deep.include({ amountNano: 500n * 300n });
  });

  it("refuses another match's actual note, and a plan that is none of the match's", () => {
    const other = settle({ actual: { ...actual, match: 5n } });
    expect(() => buildSettleInputs(ALICE, setting(), other)).to.throw(
      UnprovableError,
      "another match",
    );
    const rest = settle({ plan: { ...sellPlan, energyWh: 200n } });
    expect(() => buildSettleInputs(ALICE, setting(), rest)).to.throw(
      UnprovableError,
      "not of this",
    );
    expect(() => buildSettleInputs(BOB, setting(), settle())).to.throw(UnprovableError, "belongs");
  });
});
