import { expect } from "chai";
import { explainFindings, type Finding } from "../../../../scripts/analysis/finding.ts";

const finding = (place: string, rule = "CA02"): Finding => ({
  analyser: "circom",
  rule,
  place,
  text: "a signal is in no constraint",
});
const EXPLANATIONS = { circom: { CA02: { "LessThan bits": "held elsewhere" } }, circomspect: {} };

describe("explainFindings", () => {
  it("takes a finding of the same rule and place for explained", () => {
    const found = finding("LessThan bits");
    expect(explainFindings([found], EXPLANATIONS, ["circom"])).to.deep.equal({
      explained: [[found, "held elsewhere"]],
      open: [],
      idle: [],
    });
  });

  it("leaves what is of another rule or place open", () => {
    const found = [finding("LessThan digits"), finding("LessThan bits", "CA01")];
    const { open, explained } = explainFindings(found, EXPLANATIONS, ["circom"]);
    expect(open).to.deep.equal(found);
    expect(explained).to.deep.equal([]);
  });

  it("lists explanations of analysers that ran and found no such thing", () => {
    const { idle } = explainFindings([], EXPLANATIONS, ["circom"]);
    expect(idle).to.deep.equal(["circom CA02 LessThan bits"]);
    expect(explainFindings([], EXPLANATIONS, []).idle).to.deep.equal([]);
  });
});
