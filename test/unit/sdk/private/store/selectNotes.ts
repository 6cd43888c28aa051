import { expect } from "chai";
import {
  NotEnoughPrivateBalanceError,
  NotesToMergeError,
  selectNote,
  selectNotes,
} from "../../../../../sdk/private/store/selectNotes.ts";
import { spent, storeWith } from "./storeScene.ts";

const UNIT = 10n ** 9n;

describe("selectNotes", () => {
  const notes = storeWith(3n * UNIT, 8n * UNIT, 5n * UNIT, UNIT / 2n).credit();
  const leavesFor = (amountNano: bigint) =>
    selectNotes(notes, amountNano).map(({ leafIndex }) => leafIndex);

  it("takes the smallest note that is enough alone", () => {
    expect(leavesFor(3n * UNIT)).to.deep.equal([0]);
    expect(leavesFor(3n * UNIT + 1n)).to.deep.equal([2]);
    expect(leavesFor(8n * UNIT)).to.deep.equal([1]);
    expect(leavesFor(1n)).to.deep.equal([3]);
    expect(leavesFor(0n)).to.deep.equal([3]);
  });

  it("takes the fewest that are enough together, the largest first", () => {
    expect(leavesFor(8n * UNIT + 1n)).to.deep.equal([1, 2]);
    expect(leavesFor(13n * UNIT)).to.deep.equal([1, 2]);
    expect(leavesFor(13n * UNIT + 1n)).to.deep.equal([1, 2, 0]);
    expect(leavesFor((33n * UNIT) / 2n)).to.deep.equal([1, 2, 0, 3]);
  });

  it("says how much is in which notes where all are not enough", () => {
    expect(() => selectNotes(notes, 17n * UNIT)).to.throw(
      NotEnoughPrivateBalanceError,
      "The private balance is 16.5, and 17 are wanted: 8 in note 1, 5 in note 2, 3 in note 0, 0.5 in note 3.",
    );
    expect(() => selectNotes([], 1n)).to.throw(NotEnoughPrivateBalanceError, "there are no notes");
  });

  it("shows the ten largest of many notes", () => {
    const many = storeWith(...Array<bigint>(12).fill(UNIT)).credit();
    expect(() => selectNotes(many, 13n * UNIT)).to.throw(/note 9 and 2 smaller notes\./);
  });

  it("says what merging would do where no single note is enough", () => {
    expect(selectNote(notes, 8n * UNIT).leafIndex).to.equal(1);
    expect(() => selectNote(notes, 9n * UNIT))
      .to.throw(
        NotesToMergeError,
        "No single note holds 9: the largest are 8 in note 1, 5 in note 2.\nMerge these 2 notes first: 1 proof makes one note of 13.",
      )
      .to.satisfy(({ notes: chosen }: NotesToMergeError) => chosen.length === 2);
    expect(() => selectNote(notes, 14n * UNIT)).to.throw(/3 notes first: 2 proofs make/);
    expect(() => selectNote(notes, 17n * UNIT)).to.throw(NotEnoughPrivateBalanceError);
  });

  it("has no spent note to choose from", () => {
    const store = storeWith(3n * UNIT, 8n * UNIT);
    store.scan([spent(1, 2)], 2);
    expect(() => selectNotes(store.credit(), 8n * UNIT)).to.throw(
      NotEnoughPrivateBalanceError,
      "balance is 3,",
    );
  });
});
