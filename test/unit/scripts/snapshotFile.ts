import { expect } from "chai";
import { describeDrift, listDrift } from "../../../scripts/snapshotFile.ts";

describe("describeDrift", () => {
  it("says nothing of an unchanged figure", () => {
    expect(describeDrift("Market", 20_000, 20_000)).to.equal(undefined);
  });

  it("gives both figures and the change of a higher one", () => {
    expect(describeDrift("Market", 20_000, 20_100)).to.equal(
      "Market: 20000 -> 20100 (+100, +0.50%)",
    );
  });

  it("gives both figures and the change of a lower one", () => {
    expect(describeDrift("Market", 20_000, 19_900)).to.equal(
      "Market: 20000 -> 19900 (-100, -0.50%)",
    );
  });

  it("names a new and a vanished figure as such", () => {
    expect(describeDrift("Market", undefined, 5)).to.equal("Market: 5 is new");
    expect(describeDrift("Market", 5, undefined)).to.equal("Market: 5 is not measured any more");
  });
});

describe("listDrift", () => {
  it("lists what was added, changed and removed, sorted by name", () => {
    expect(listDrift({ c: 1, b: 2, d: 4 }, { d: 4, b: 3, a: 1 })).to.deep.equal([
      "a: 1 is new",
      "b: 2 -> 3 (+1, +50.00%)",
      "c: 1 is not measured any more",
    ]);
  });
});
