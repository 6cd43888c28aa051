import { expect } from "chai";
import { addressWord, contextOf } from "../../../../../sdk/private/context.ts";
import { buildParticipantInputs } from "../../../../../sdk/private/proofs/participant.ts";
import { ALICE, POOL, setting } from "../scene.ts";
import { expectSigned, expectSound, WALLET } from "./proofScene.ts";

describe("buildParticipantInputs", () => {
  it("signs for the address that joins", () => {
    const { pool, deadlineS } = setting();
    const request = buildParticipantInputs(ALICE, { pool, deadlineS }, { participant: WALLET });
    expectSound(request);
    expect(request.signals).to.deep.equal({
      owner: ALICE.owner,
      context: contextOf(POOL, "Participant", deadlineS, [addressWord(WALLET)]),
    });
    expectSigned(request, ALICE.owner, 0n);
  });
});
