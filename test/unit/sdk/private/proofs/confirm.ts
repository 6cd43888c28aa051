import { expect } from "chai";
import { outcomeOf } from "../../../../../sdk/private/authorisation.ts";
import { commitmentOf } from "../../../../../sdk/private/notes.ts";
import { buildConfirmInputs } from "../../../../../sdk/private/proofs/confirm.ts";
import { UnprovableError } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { ALICE, BOB, setting } from "../scene.ts";
import { expectSound, expectSigned, sellPlan, buyPlan, match, MATCH } from "./proofScene.ts";

describe("buildConfirmInputs", () => {
  it("agrees to a match from either side and plans the rest", () => {
    for (const [plan, account, restWh] of [
      [sellPlan, ALICE, 200n],
      [buyPlan, BOB, 300n],
    ] as const) {
      const request = buildConfirmInputs(account, setting(), { plan, match });
      expectSound(request, account);
      const rest = request.created[0]!;
      const { salt: _, ...terms } = plan;
      expect(rest.note).to.deep.include({ ...terms, energyWh: restWh });
      expect(request.signals).to.deep.include({ match: MATCH, sellPlan: match.sellPlan });
      expectSigned(request, commitmentOf(plan), outcomeOf(rest.commitment, MATCH), account);
    }
  });

  it("takes a match at the plan's very limits, and refuses one beyond", () => {
    const confirm = (change: object) => () =>
      buildConfirmInputs(ALICE, setting(), { plan: sellPlan, match: { ...match, ...change } });
    const confirmBuy = (change: object) => () =>
      buildConfirmInputs(BOB, setting(), { plan: buyPlan, match: { ...match, ...change } });
    expectSound(confirm({ energyWh: 700n, priceMicroPerKwh: 200n })());
    expectSound(confirmBuy({ energyWh: 1n, priceMicroPerKwh: 300n })(), BOB);
    expect(confirm({ priceMicroPerKwh: 199n })).to.throw(UnprovableError, "worse");
    expect(confirmBuy({ priceMicroPerKwh: 301n })).to.throw(UnprovableError, "worse");
    expect(confirm({ energyWh: 701n })).to.throw(UnprovableError, "701 Wh");
    expect(confirm({ energyWh: 0n })).to.throw(UnprovableError, "0 Wh");
  });

  it("refuses a match of another plan, and another owner's plan", () => {
    const confirm = (by: typeof ALICE, change: object) => () =>
      buildConfirmInputs(by, setting(), { plan: sellPlan, match: { ...match, ...change } });
    expect(confirm(ALICE, { sellPlan: 5n })).to.throw(UnprovableError, "not of this sell plan");
    expect(confirm(BOB, {})).to.throw(UnprovableError, "belongs");
  });
});
