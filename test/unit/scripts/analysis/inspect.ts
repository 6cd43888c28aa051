import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { inspectCircuits } from "../../../../scripts/analysis/inspect.ts";

const LOOSE = `pragma circom 2.2.0;
template Loose() {
    signal input a;
    signal output b;
    signal c;
    c <-- a + 1;
    b <== a * a;
}
`;

describe("inspectCircuits", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "sealwatt-loose-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const inspect = (source: string) => {
    writeFileSync(path.join(folder, "loose.circom"), source);
    const manifest = path.join(folder, "circuits.json");
    const entry = { id: 1, file: "loose.circom", template: "Loose", signals: ["b"] };
    writeFileSync(manifest, JSON.stringify({ Loose: entry }));
    return inspectCircuits(manifest);
  };

  it("finds a signal that no constraint holds", async () => {
    const findings = await inspect(LOOSE);
    expect(findings.map(({ rule, place }) => [rule, place])).to.deep.equal([
      ["T3002", "loose.circom c <-- a + 1;"],
      ["CA01", "Loose c"],
    ]);
  });

  it("finds nothing where all are held", async () => {
    expect(await inspect(LOOSE.replace("<--", "<=="))).to.deep.equal([]);
  });

  it("says what does not compile", async () => {
    const error = await inspect(LOOSE.replace("a * a", "d")).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error?.message).to.include("The circuit Loose does not compile");
  });
});
