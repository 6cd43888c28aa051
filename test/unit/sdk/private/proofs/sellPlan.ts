import { expect } from "chai";
import { outcomeOf } from "../../../../../sdk/private/authorisation.ts";
import { attributesOf } from "../../../../../sdk/private/notes.ts";
import { nullifierOf } from "../../../../../sdk/private/nullifier.ts";
import { UnprovableError } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { buildSellPlanInputs } from "../../../../../sdk/private/proofs/sellPlan.ts";
import { ALICE, setting } from "../scene.ts";
import {
  expectSound,
  expectSigned,
  GATEWAY,
  participants,
  GENERATED,
  SCOPE,
  sellTerms,
  sold,
} from "./proofScene.ts";

describe("buildSellPlanInputs", () => {
  it("makes a plan and keeps the rest", () => {
    expectSound(sold);
    const [plan, rest] = sold.created;
    const attributes = attributesOf(GATEWAY, 6n);
    expect(plan!.note).to.deep.include({ side: "sell", energyWh: 700n, period: 12n, attributes });
    expect(rest!.note).to.deep.include({ gateway: GATEWAY, energyWh: 300n, period: 12n });
    expect(sold.signals).to.deep.include({ participantsRoot: participants.root, bondWh: 50n });
    const nullifier = nullifierOf(SCOPE, ALICE.nullifierKey, GENERATED);
    expectSigned(sold, nullifier, outcomeOf(plan!.commitment, rest!.commitment));
  });

  it("offers from the bond to all that the note has", () => {
    const sell = (change: object) => () =>
      buildSellPlanInputs(ALICE, setting(), { ...sellTerms, ...change });
    expectSound(sell({ energyWh: 50n })());
    expectSound(sell({ energyWh: 1_000n })());
    expect(sell({ energyWh: 49n })).to.throw(UnprovableError, "at least 50 Wh");
    expect(sell({ energyWh: 1_001n })).to.throw(UnprovableError, "has 1000 Wh");
  });

  it("refuses another's place among the participants", () => {
    const terms = { ...sellTerms, participant: participants.pathOf(2) };
    expect(() => buildSellPlanInputs(ALICE, setting(), terms)).to.throw(
      UnprovableError,
      "participants",
    );
  });
});
