import { expect } from "chai";
import { outcomeOf } from "../../../../../sdk/private/authorisation.ts";
import { attributesOf } from "../../../../../sdk/private/notes.ts";
import { nullifierOf } from "../../../../../sdk/private/nullifier.ts";
import { buildBuyPlanInputs } from "../../../../../sdk/private/proofs/buyPlan.ts";
import { UnprovableError } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { BOB, setting } from "../scene.ts";
import { expectSound, expectSigned, BOBS, SCOPE, buyTerms, bought } from "./proofScene.ts";

describe("buildBuyPlanInputs", () => {
  it("locks what the plan can cost and the bond, and returns the rest", () => {
    expectSound(bought, BOB);
    const [plan, change] = bought.created;
    expect(plan!.note).to.deep.include({ side: "buy", attributes: attributesOf(0n, 0n) });
    expect(change!.note).to.deep.include({ amountNano: 10n ** 9n - 800n * 300n - 1_000n });
    const nullifier = nullifierOf(SCOPE, BOB.nullifierKey, BOBS);
    expectSigned(bought, nullifier, outcomeOf(plan!.commitment, change!.commitment), BOB);
  });

  it("locks all of a note, and no more", () => {
    const buy = (bondNano: bigint) => () =>
      buildBuyPlanInputs(BOB, setting(), { ...buyTerms, bondNano });
    const most = 10n ** 9n - 800n * 300n;
    expect(buy(most)().created[1]!.note).to.deep.include({ amountNano: 0n });
    expect(buy(most + 1n)).to.throw(UnprovableError, "the note holds 1000000000");
  });
});
