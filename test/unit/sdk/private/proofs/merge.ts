import { expect } from "chai";
import { subjectOfNullifiers } from "../../../../../sdk/private/authorisation.ts";
import type { CreditNote } from "../../../../../sdk/private/notes.ts";
import { MerkleTree, NOTE_TREE_DEPTH } from "../../../../../sdk/private/merkleTree.ts";
import { buildMergeInputs } from "../../../../../sdk/private/proofs/merge.ts";
import {
  UnprovableError,
  type SpendableNote,
} from "../../../../../sdk/private/proofs/proofRequest.ts";
import { ALICE, setting } from "../scene.ts";
import {
  expectSound,
  expectSigned,
  tree,
  spendable,
  SMALL,
  MIDDLE,
  BOBS,
  LARGEST,
} from "./proofScene.ts";

describe("buildMergeInputs", () => {
  const [small, middle] = [spendable<CreditNote>(SMALL), spendable<CreditNote>(MIDDLE)];

  it("makes one note of two", () => {
    const request = buildMergeInputs(ALICE, setting(), [small, middle]);
    expectSound(request);
    expect(request.created[0]!.note).to.deep.include({ amountNano: 1_100n });
    const [first, second] = request.signals.nullifiers as [bigint, bigint];
    expectSigned(request, subjectOfNullifiers(first, second), request.created[0]!.commitment);
  });

  it("refuses one note twice, other trees' paths, other owners and too large a sum", () => {
    const merge = (one: SpendableNote<CreditNote>, other: SpendableNote<CreditNote>) => () =>
      buildMergeInputs(ALICE, setting(), [one, other]);
    expect(merge(small, small)).to.throw(UnprovableError, "itself");
    const younger = new MerkleTree(NOTE_TREE_DEPTH, [...tree.leaves, 1n]);
    const moved = { note: middle.note, path: younger.pathOf(MIDDLE) };
    expect(merge(small, moved)).to.throw(UnprovableError, "different trees");
    expect(merge(small, spendable(BOBS))).to.throw(UnprovableError, "belongs");
    expect(merge(small, spendable(LARGEST))).to.throw(UnprovableError, "more than one note");
  });
});
