import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { isDevelopmentKey } from "../../../../scripts/keys/isDevelopmentKey.ts";
import { endSnarkjsWorkers } from "../../../../scripts/keys/snarkjsCurve.ts";
import { solidityVerifier } from "../../../../scripts/keys/solidityVerifier.ts";
import {
  readVerificationKey,
  type VerificationKey,
} from "../../../../scripts/keys/verificationKey.ts";
import { fixtureKeys } from "../../../helpers/fixtureKeys.ts";
import { knownCeremony } from "../../../helpers/knownCeremony.ts";
import { bytecodeOf } from "../../../helpers/verifierBytecode.ts";

const POINTS = ["vk_alpha_1", "vk_beta_2", "vk_gamma_2", "vk_delta_2"] as const;

describe("isDevelopmentKey", () => {
  let development: VerificationKey;
  let ceremony: VerificationKey;

  before(async () => {
    const { power } = await fixtureKeys();
    development = JSON.parse(await readFile(power.verificationKey, "utf8")) as VerificationKey;
    const { final } = await knownCeremony(power.r1cs);
    ceremony = await readVerificationKey(await readFile(final));
  });
  after(endSnarkjsWorkers);

  it("recognises the keys of all circuits, and their contracts", async () => {
    const { highPower } = await fixtureKeys();
    const other = JSON.parse(await readFile(highPower.verificationKey, "utf8")) as VerificationKey;
    expect(await isDevelopmentKey(development)).to.equal(true);
    expect(await isDevelopmentKey(other)).to.equal(true);
    const source = solidityVerifier("HighPower", other, "ceremony");
    expect(await isDevelopmentKey(source)).to.equal(true);
    expect(await isDevelopmentKey(bytecodeOf(other))).to.equal(true);
    expect(await isDevelopmentKey(bytecodeOf(other).toUpperCase().replace("0X", "0x"))).to.equal(
      true,
    );
  });

  it("does not take a ceremony's key for one, nor that of another seed", async () => {
    expect(await isDevelopmentKey(ceremony)).to.equal(false);
    expect(await isDevelopmentKey(bytecodeOf(ceremony))).to.equal(false);
    expect(await isDevelopmentKey(development, "another seed")).to.equal(false);
  });

  for (const point of POINTS)
    it(`recognises a key that shares ${point} alone`, async () => {
      expect(await isDevelopmentKey({ ...ceremony, [point]: development[point] })).to.equal(true);
    });
});
