import { readFile } from "node:fs/promises";
import { expect } from "chai";
import * as snarkjs from "snarkjs";
import { readSections } from "../../../../scripts/keys/binaryFile.ts";
import type { CircuitKeys } from "../../../../scripts/keys/buildCircuit.ts";
import { KeyMaker } from "../../../../scripts/keys/developmentKey.ts";
import { endSnarkjsWorkers } from "../../../../scripts/keys/snarkjsCurve.ts";
import { readVerificationKey } from "../../../../scripts/keys/verificationKey.ts";
import { fixtureKeys } from "../../../helpers/fixtureKeys.ts";
import { knownCeremony } from "../../../helpers/knownCeremony.ts";

/** Of a zkey: the contributions, which are different by design. */
const CONTRIBUTIONS = 10;

describe("a development key", () => {
  let power: CircuitKeys;
  let highPower: CircuitKeys;
  let maker: KeyMaker;

  before(async () => {
    ({ power, highPower } = await fixtureKeys());
    maker = await KeyMaker.create();
  });

  after(endSnarkjsWorkers);

  describe("made from the secrets of a ceremony of snarkjs", () => {
    for (const name of ["Power", "HighPower"] as const)
      it(`is the ceremony's own key of ${name}, byte by byte`, async () => {
        const r1cs = name === "Power" ? power.r1cs : highPower.r1cs;
        const { final, secrets } = await knownCeremony(r1cs);
        const ours = maker.keyFromSecrets(await readFile(r1cs), secrets, new Uint8Array(64));
        const sections = readSections(ours, "zkey");
        const expected = readSections(await readFile(final), "zkey");
        expect([...sections.keys()]).to.deep.equal([...expected.keys()]);
        for (const [section, content] of expected)
          if (section !== CONTRIBUTIONS)
            expect(
              Buffer.from(content).equals(sections.get(section)!),
              `section ${section}`,
            ).to.equal(true);
      });
  });

  it("is the same bytes from the same circuit and seed, also from a fresh table", async () => {
    const r1cs = await readFile(power.r1cs);
    const kept = await readFile(power.zkey);
    expect(kept.equals(maker.developmentKey(r1cs))).to.equal(true);
    expect(kept.equals((await KeyMaker.create()).developmentKey(r1cs))).to.equal(true);
  });

  it("is another one from another seed, in each section that secrets enter", async () => {
    const r1cs = await readFile(power.r1cs);
    const one = readSections(maker.developmentKey(r1cs), "zkey");
    const other = readSections(maker.developmentKey(r1cs, "another seed"), "zkey");
    const same = [...one.keys()].filter((section) =>
      Buffer.from(one.get(section)!).equals(other.get(section)!),
    );
    // The protocol and the coefficients of the constraints.
    expect(same).to.deep.equal([1, 4]);
  });

  it("has the verification key that snarkjs exports", async () => {
    const expected = (await snarkjs.zKey.exportVerificationKey(power.zkey)) as unknown;
    expect(await readVerificationKey(await readFile(power.zkey))).to.deep.equal(expected);
  });

  it("proves what is true, and its proof is refused for other public signals or points", async () => {
    const key = JSON.parse(await readFile(highPower.verificationKey, "utf8")) as unknown;
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(
      { base: 3, unused: 7 },
      highPower.wasm,
      highPower.zkey,
      undefined,
      undefined,
      { singleThread: true },
    );
    expect(publicSignals.slice(1)).to.deep.equal(["3", "7"]);
    expect(await snarkjs.groth16.verify(key, publicSignals, proof)).to.equal(true);
    for (const index of publicSignals.keys()) {
      const forged = publicSignals.with(index, String(BigInt(publicSignals[index]!) + 1n));
      expect(await snarkjs.groth16.verify(key, forged, proof), `signal ${index}`).to.equal(false);
    }
    const forged = { ...proof, pi_a: proof.pi_c };
    expect(await snarkjs.groth16.verify(key, publicSignals, forged)).to.equal(false);
  });

  it("of one circuit refuses the proof of another", async () => {
    const key = JSON.parse(await readFile(power.verificationKey, "utf8")) as unknown;
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(
      { base: 3, unused: 7 },
      highPower.wasm,
      highPower.zkey,
      undefined,
      undefined,
      { singleThread: true },
    );
    const two = [publicSignals[0]!, publicSignals[2]!];
    expect(await snarkjs.groth16.verify(key, two, proof)).to.equal(false);
  });
});
