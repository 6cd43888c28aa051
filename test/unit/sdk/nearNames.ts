import { expect } from "chai";
import { nearNames, suggestNames } from "../../../sdk/nearNames.ts";

const KNOWN = ["match", "start", "status"];

describe("nearNames", () => {
  it("finds names that differ by a few characters, nearest first", () => {
    expect(nearNames("matc", KNOWN)).to.deep.equal(["match"]);
    expect(nearNames("stat", KNOWN)).to.deep.equal(["status", "start"]);
    expect(nearNames("MATHC", KNOWN)).to.deep.equal(["match"]);
  });

  it("finds names that contain what was given", () => {
    expect(nearNames("auction", ["green-double-auction"])).to.deep.equal(["green-double-auction"]);
  });

  it("finds nothing for a name far from all, nor for none", () => {
    expect(nearNames("settlement", KNOWN)).to.be.empty;
    expect(nearNames("", KNOWN)).to.be.empty;
    expect(nearNames("m".repeat(1_000_000), KNOWN)).to.be.empty;
  });
});

describe("suggestNames", () => {
  it("lists all names, behind the near ones", () => {
    expect(suggestNames("matc", KNOWN, "commands")).to.equal(
      "Did you mean match? Known commands: match, start, status.",
    );
    expect(suggestNames("x", ["match"], "commands")).to.equal("Known commands: match.");
  });
});
