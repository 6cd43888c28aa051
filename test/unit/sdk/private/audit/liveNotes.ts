import { expect } from "chai";
import { LiveNotes } from "../../../../../sdk/private/audit/liveNotes.ts";

function notesOf(...values: bigint[]): LiveNotes {
  const notes = new LiveNotes();
  for (const value of values) notes.add(value);
  return notes;
}

describe("liveNotes", () => {
  it("are what was added and not spent", () => {
    const notes = notesOf(5n, 3n, 5n, 0n);
    expect([notes.values, notes.sum]).to.deep.equal([[0n, 3n, 5n, 5n], 13n]);
    expect(notes.spend(5n)).to.equal(true);
    expect(notes.spend(0n)).to.equal(true);
    expect([notes.values, notes.sum]).to.deep.equal([[3n, 5n], 8n]);
  });

  it("have no note of a value that was not added, or spent before", () => {
    expect(notesOf(5n, 3n).spend(8n)).to.equal(false);
    const notes = notesOf(5n);
    expect([notes.spend(5n), notes.spend(5n), notes.sum]).to.deep.equal([true, false, -5n]);
  });

  it("have no two notes of a sum that one alone has, or one note twice", () => {
    expect(notesOf(4n).spendTwo(4n)).to.equal(false);
    expect(notesOf(4n).spendTwo(8n)).to.equal(false);
    expect(notesOf(4n, 0n).spendTwo(4n)).to.equal(true);
    expect(notesOf(4n, 4n).spendTwo(8n)).to.equal(true);
  });

  it("keep every case of a merger until what is spent later leaves one", () => {
    const notes = notesOf(1n, 2n, 3n, 4n);
    expect(notes.spendTwo(5n)).to.equal(true);
    notes.add(5n);
    expect([notes.values, notes.sum]).to.deep.equal([undefined, 10n]);
    // Of 1 and 4, or of 2 and 3: then 2 is one of the others.
    expect(notes.spend(2n)).to.equal(true);
    expect(notes.values).to.deep.equal([3n, 5n]);
    expect(notes.spend(4n)).to.equal(false);
  });

  it("have one case where mergers of equal notes leave the same", () => {
    const notes = notesOf(2n, 2n, 2n, 1n);
    notes.spendTwo(3n);
    expect(notes.values).to.deep.equal([2n, 2n]);
  });

  it("know the sum alone where there are too many cases", () => {
    const notes = notesOf(...Array.from({ length: 200 }, (_, i) => BigInt(i)));
    expect(notes.spendTwo(199n)).to.equal(true);
    notes.add(199n);
    const { sum } = notes;
    expect(notes.values).to.equal(undefined);
    expect([notes.spend(1_000_000n), notes.sum]).to.deep.equal([false, sum - 1_000_000n]);
  });

  it("are followed in time where one owner has tens of thousands", () => {
    const notes = notesOf(...Array.from({ length: 50_000 }, (_, i) => BigInt(i)));
    for (let i = 0n; i < 50_000n; i += 5n) notes.spend(i);
    expect(notes.values).to.have.length(40_000);
    expect(notes.spendTwo(49_999n)).to.equal(true);
  });
});
