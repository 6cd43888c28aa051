import { expect } from "chai";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { readSnapshot, writeSnapshot } from "../../../scripts/snapshotFile.ts";
import { expectGas, GasDriftError } from "../../helpers/gasSnapshot.ts";

const VARIABLES = ["GAS_SNAPSHOT_FILE", "UPDATE_SNAPSHOTS", "HARDHAT_COVERAGE"] as const;

describe("expectGas", () => {
  const inherited = VARIABLES.map((name) => [name, process.env[name]] as const);
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "sealwatt-gas-test-"));
    file = path.join(directory, "gas.json");
    for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
    process.env.GAS_SNAPSHOT_FILE = file;
  });

  afterEach(() => {
    for (const [name, value] of inherited) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    fs.rmSync(directory, { recursive: true });
  });

  it("accepts the committed figure, as a number and as a bigint", () => {
    writeSnapshot(file, { submitOrder: 44_100 });
    expectGas("submitOrder", 44_100);
    expectGas("submitOrder", 44_100n);
  });

  it("rejects one gas more and one gas less, and says what to do", () => {
    writeSnapshot(file, { submitOrder: 50_000 });
    expect(() => expectGas("submitOrder", 50_001n)).to.throw(
      GasDriftError,
      "gas submitOrder: 50000 -> 50001 (+1, +0.00%); if that is meant, run `npm run snapshot`" +
        " and commit snapshots/gas.json",
    );
    expect(() => expectGas("submitOrder", 49_999n)).to.throw(GasDriftError, "(-1, -0.00%)");
  });

  it("rejects a figure that was never committed", () => {
    expect(() => expectGas("settle", 1n)).to.throw(GasDriftError, "gas settle: 1 is new");
  });

  it("records under UPDATE_SNAPSHOTS=1, beside what is there and sorted by name", () => {
    writeSnapshot(file, { submitOrder: 44_100, clear: 1 });
    process.env.UPDATE_SNAPSHOTS = "1";
    expectGas("clear", 11_900n);
    expectGas("report", 13_000n);
    expect(Object.entries(readSnapshot(file))).to.deep.equal([
      ["clear", 11_900],
      ["report", 13_000],
      ["submitOrder", 44_100],
    ]);
  });

  it("neither checks nor records while coverage is measured", () => {
    process.env.HARDHAT_COVERAGE = "true";
    expectGas("submitOrder", 1n);
    process.env.UPDATE_SNAPSHOTS = "1";
    expectGas("submitOrder", 1n);
    expect(fs.existsSync(file)).to.equal(false);
  });
});
