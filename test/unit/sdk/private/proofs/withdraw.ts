import { expect } from "chai";
import type { CreditNote } from "../../../../../sdk/private/notes.ts";
import { nullifierOf } from "../../../../../sdk/private/nullifier.ts";
import { UnprovableError } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { buildWithdrawInputs } from "../../../../../sdk/private/proofs/withdraw.ts";
import { ALICE, POOL, setting } from "../scene.ts";
import {
  expectSound,
  expectSigned,
  tree,
  spendable,
  SMALL,
  MIDDLE,
  BOBS,
  SCOPE,
  withdrawTerms,
} from "./proofScene.ts";

describe("buildWithdrawInputs", () => {
  it("spends the note and makes the change", () => {
    const request = buildWithdrawInputs(ALICE, setting(), withdrawTerms);
    expectSound(request);
    const nullifier = nullifierOf(SCOPE, ALICE.nullifierKey, SMALL);
    expect(request.signals).to.deep.include({ nullifier, root: tree.root, size: 5n });
    expect(request.created[0]!.note).to.deep.include({ amountNano: 350n });
    expectSigned(request, nullifier, request.created[0]!.commitment);
  });

  it("takes all and nothing, and neither more nor less", () => {
    const change = (amountNano: bigint) =>
      buildWithdrawInputs(ALICE, setting(), { ...withdrawTerms, amountNano }).created[0]!.note;
    expect(change(600n)).to.deep.include({ amountNano: 0n });
    expect(change(0n)).to.deep.include({ amountNano: 600n });
    expect(() => change(601n)).to.throw(UnprovableError, "holds 600 nano, and 601");
    expect(() => change(-1n)).to.throw(UnprovableError);
  });

  it("is bound to recipient, relayer and fee", () => {
    const contexts = [{}, { recipient: POOL.pool }, { relayer: POOL.pool }, { feeNano: 6n }].map(
      (change) =>
        buildWithdrawInputs(ALICE, setting(), { ...withdrawTerms, ...change }).signals.context,
    );
    expect(new Set(contexts).size).to.equal(4);
  });

  it("refuses another owner's note, and a note that is not where its path says", () => {
    const bobs = { ...withdrawTerms, from: spendable<CreditNote>(BOBS) };
    expect(() => buildWithdrawInputs(ALICE, setting(), bobs)).to.throw(UnprovableError, "belongs");
    const { note } = spendable<CreditNote>(SMALL);
    const { path: place } = spendable(SMALL);
    for (const from of [
      { note, path: tree.pathOf(MIDDLE) },
      { note, path: { ...place, root: place.root + 1n } },
      { note: { ...note, amountNano: 601n }, path: place },
    ]) {
      expect(() => buildWithdrawInputs(ALICE, setting(), { ...withdrawTerms, from })).to.throw(
        UnprovableError,
        "not where its path says",
      );
    }
  });
});
