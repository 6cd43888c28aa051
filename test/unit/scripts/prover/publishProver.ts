import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { publishProver } from "../../../../scripts/prover/publishProver.ts";
import { parseProvingKeys } from "../../../../sdk/private/prover/provingKeys.ts";
import { fixtureKeys, temporaryFolder } from "../../../helpers/fixtureKeys.ts";

describe("publishProver", () => {
  it("writes a worker with its licences, and keys under their hashes", async () => {
    const { power } = await fixtureKeys();
    const folder = await temporaryFolder();
    await publishProver([{ ...power, name: "Deposit" }], folder);
    const read = (file: string) => readFile(path.join(folder, file));
    const { circuits } = parseProvingKeys(JSON.parse(String(await read("keys.json"))));
    expect(Object.keys(circuits)).to.deep.equal(["Deposit"]);
    for (const part of ["wasm", "zkey", "verificationKey"] as const) {
      const { file, bytes, sha256 } = circuits.Deposit![part];
      const content = await read(file);
      expect(content.equals(await readFile(power[part]))).to.be.true;
      expect(content.length).to.equal(bytes);
      expect(createHash("sha256").update(content).digest("hex")).to.equal(sha256);
      expect(file).to.include(sha256.slice(0, 16));
    }
    const worker = String(await read("worker.js"));
    // All is in it: a worker of a page finds no package.
    expect(worker).not.to.match(/\brequire\(|\bimport\(|from"/);
    expect(String(await read("LICENCES.txt"))).to.match(/^snarkjs [\d.]+: GPL-3.0$/m);
  });
});
