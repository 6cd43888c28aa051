import { expect } from "chai";
import { parseLcov, summarise } from "../../../scripts/lcov.ts";

const REPORT = `TN:
SF:contracts/Market.sol
DA:16,1
DA:34,0
DA:21,0
LH:1
LF:3
end_of_record
SF:contracts/libraries/Money.sol
DA:9,7
LH:1
LF:1
end_of_record
`;

describe("parseLcov", () => {
  it("reads the lines of every file and lists those not run in ascending order", () => {
    expect(parseLcov(REPORT)).to.deep.equal([
      { source: "contracts/Market.sol", lines: 3, uncovered: [21, 34] },
      { source: "contracts/libraries/Money.sol", lines: 1, uncovered: [] },
    ]);
  });

  it("finds no files in an empty report", () => {
    expect(parseLcov("TN:\n")).to.deep.equal([]);
  });
});

describe("summarise", () => {
  it("weighs files by their lines", () => {
    expect(summarise(parseLcov(REPORT))).to.deep.equal({ lines: 4, covered: 2, percent: 50 });
  });

  it("counts nothing measured as nothing covered", () => {
    expect(summarise([])).to.deep.equal({ lines: 0, covered: 0, percent: 0 });
  });
});
