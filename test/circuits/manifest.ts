import { expect } from "chai";
import fs from "node:fs";
import { readCircuitManifest, mainComponent } from "../../scripts/keys/circuitManifest.ts";
import { circuitKeys } from "../../scripts/keys/circuitKeys.ts";
import { readR1cs } from "../../scripts/keys/r1cs.ts";
import { CIRCUIT_IDS } from "../../sdk/private/context.ts";
import { NOTE_TREE_DEPTH, PARTICIPANT_TREE_DEPTH } from "../../sdk/private/merkleTree.ts";
import { TAGS } from "../../sdk/private/tags.ts";
import { CIRCUITS } from "./helpers/compileCircuit.ts";
import { manifestEntries } from "./helpers/circuits.ts";

describe("circuits.json", () => {
  it("has the SDK's circuits with their ids", () => {
    const ids = Object.entries(manifestEntries()).map(([name, { id }]) => [name, BigInt(id)]);
    expect(Object.fromEntries(ids)).to.deep.equal(CIRCUIT_IDS);
  });

  it("has the SDK's depths of trees", async () => {
    const { circuits } = await readCircuitManifest();
    const params = (name: string) => circuits.find((circuit) => circuit.name === name)!.params;
    expect(params("BuyPlan")).to.deep.equal([NOTE_TREE_DEPTH, PARTICIPANT_TREE_DEPTH]);
    expect(params("SellPlan")).to.deep.equal([NOTE_TREE_DEPTH, PARTICIPANT_TREE_DEPTH]);
    expect(params("Withdraw")).to.deep.equal([NOTE_TREE_DEPTH]);
    expect(params("Merge")).to.deep.equal([NOTE_TREE_DEPTH]);
  });

  it("ends each circuit's signals with its public inputs, in their order", async () => {
    const entries = new Map(Object.entries(manifestEntries()));
    for (const circuit of (await readCircuitManifest()).circuits) {
      const names = entries.get(circuit.name)!.signals.map((name) => name.replace(/\[\d+\]$/, ""));
      const inputs = [...new Set(names)].slice(-circuit.public.length);
      expect(inputs, circuit.name).to.deep.equal(circuit.public);
      expect(mainComponent(circuit)).to.include(`public [${inputs.join(", ")}]`);
    }
  });

  it("keeps each circuit within its limit of constraints @long", async function () {
    this.timeout(900_000);
    const entries = manifestEntries();
    for (const { name, r1cs } of await circuitKeys()) {
      const { maxConstraints, signals } = entries[name as keyof typeof entries];
      const { constraintCount, publicSignals } = readR1cs(fs.readFileSync(r1cs));
      expect(constraintCount, name).to.be.at.most(maxConstraints);
      expect(publicSignals, name).to.equal(signals.length);
    }
  });
});

describe("tags", () => {
  it("are the SDK's, of the text beside them", () => {
    const source = fs.readFileSync(`${CIRCUITS}/lib/tags.circom`, "utf8");
    const tags = source.matchAll(
      /^function D_(\w+)\(\) \{\n +return (0x\w+); \/\/ sealwatt\/(\w+)$/gm,
    );
    const found = new Map([...tags].map(([, name, value, text]) => [text, { name, value }]));
    for (const [text, tag] of Object.entries(TAGS)) {
      expect(BigInt(found.get(text)!.value!), text).to.equal(tag);
      expect(found.get(text)!.name!.toLowerCase()).to.equal(text);
    }
    expect(found.size).to.equal(Object.keys(TAGS).length);
  });
});
