import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  CircomspectError,
  readSarif,
  runCircomspect,
} from "../../../../scripts/analysis/circomspect.ts";

const SOURCE = `pragma circom 2.2.0;
include "circomlib/circuits/bitify.circom";
template Aliased() {
    signal input a;
    signal bits[254] <== Num2Bits(254)(a);
    bits[0] * (bits[1] - 1) === 0;
}
`;

describe("circomspect", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "sealwatt-aliased-"));
    writeFileSync(path.join(folder, "aliased.circom"), SOURCE);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("has its findings told by rule, file and line", () => {
    const result = {
      ruleId: "CS0010",
      message: { text: "may lead to aliasing" },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: pathToFileURL(path.join(folder, "aliased.circom")).href },
            region: { startLine: 5 },
          },
        },
      ],
    };
    const sarif = JSON.stringify({ runs: [{ results: [result] }] });
    expect(readSarif(sarif, folder)).to.deep.equal([
      {
        analyser: "circomspect",
        rule: "CS0010",
        place: "aliased.circom signal bits[254] <== Num2Bits(254)(a);",
        text: "may lead to aliasing",
      },
    ]);
  });

  it("finds a number that has two binary forms", function () {
    const findings = runCircomspect(folder);
    if (findings === undefined) {
      console.log("    circomspect is not installed: skipped");
      this.skip();
    }
    expect(findings.map(({ rule }) => rule)).to.include("CS0010");
  });

  it("fails where it cannot read a file, of which it says nothing", function () {
    if (runCircomspect(folder) === undefined) this.skip();
    const file = path.join(folder, "broken.circom");
    writeFileSync(file, "pragma circom 2.2.0;\ntemplate Broken() {\n    signal input;\n}\n");
    expect(() => runCircomspect(folder)).to.throw(CircomspectError, "not looked at Broken");
    rmSync(file);
  });

  it("is undefined where it is not installed", () => {
    const before = process.env.PATH;
    process.env.PATH = folder;
    try {
      expect(runCircomspect(folder)).to.equal(undefined);
    } finally {
      process.env.PATH = before;
    }
  });
});
