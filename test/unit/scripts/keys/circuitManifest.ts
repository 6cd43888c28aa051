import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import {
  chooseCircuits,
  CircuitManifestError,
  mainComponent,
  readCircuitManifest,
} from "../../../../scripts/keys/circuitManifest.ts";
import { FIXTURE_CIRCUITS, temporaryFolder } from "../../../helpers/fixtureKeys.ts";

async function refusalOf(manifest: string): Promise<string> {
  const file = path.join(await temporaryFolder(), "circuits.json");
  await writeFile(file, manifest);
  const error = await readCircuitManifest(file).catch((caught: unknown) => caught);
  expect(error).to.be.instanceOf(CircuitManifestError);
  return (error as CircuitManifestError).shortMessage.replace(file, "FILE");
}

describe("readCircuitManifest", () => {
  it("reads the project's own circuits", async () => {
    const { circuits } = await readCircuitManifest();
    expect(circuits.map(({ name }) => name)).to.include("Deposit");
  });

  it("says what is wrong with which circuit", async () => {
    const entry = {
      id: 1,
      file: "a.circom",
      template: "A",
      params: [1],
      public: ["x"],
      signals: [],
    };
    const refuse = (change: object, name = "A") =>
      refusalOf(JSON.stringify({ [name]: { ...entry, ...change } }));
    expect(await refuse({}, "a-b")).to.contain("FILE: a-b: a circuit's name is letters");
    expect(await refuse({ id: 0 })).to.equal("FILE: A: its id is 0, not a whole number from 1 on.");
    expect(await refuse({ signals: undefined })).to.contain("its signals are undefined, not names");
    expect(await refuse({ signals: ["a[1]b"] })).to.contain('its signals are ["a[1]b"], not names');
    expect(await refuse({ file: 1 })).to.equal("FILE: A: its file is 1, not a path.");
    expect(await refuse({ template: "A()" })).to.contain('its template is "A()", not a name');
    expect(await refuse({ params: ["1"] })).to.contain('its params are ["1"], not whole numbers');
    expect(await refuse({ public: ["x, y"] })).to.contain("not names of signals");
    expect(await refusalOf("[]")).to.contain("no JSON object");
    expect(await refusalOf("{")).to.contain("cannot be read");
  });

  it("makes a main component of an entry", async () => {
    const { circuits } = await readCircuitManifest(FIXTURE_CIRCUITS);
    expect(mainComponent(circuits[1]!)).to.equal(
      'pragma circom 2.2.0;\ninclude "power.circom";\n' +
        "component main {public [unused, base]} = Power(100);\n",
    );
    expect(mainComponent({ ...circuits[0]!, public: [] })).to.contain("component main = Power(20)");
  });

  it("names the circuits that there are where one is unknown", async () => {
    const manifest = await readCircuitManifest(FIXTURE_CIRCUITS);
    expect(chooseCircuits(manifest, ["HighPower"]).map(({ name }) => name)).to.deep.equal([
      "HighPower",
    ]);
    expect(() => chooseCircuits(manifest, ["Pow"])).to.throw(/"Pow".*\nThere are Power, HighPower/);
  });
});
