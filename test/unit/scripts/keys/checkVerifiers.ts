import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { endSnarkjsWorkers } from "../../../../scripts/keys/snarkjsCurve.ts";
import { solidityVerifier } from "../../../../scripts/keys/solidityVerifier.ts";
import { fixtureKeys, temporaryFolder } from "../../../helpers/fixtureKeys.ts";
import { knownCeremony } from "../../../helpers/knownCeremony.ts";

const SCRIPT = path.resolve(import.meta.dirname, "../../../../scripts/keys/checkVerifiers.ts");

function run(...args: string[]): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], (error, _stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stderr });
    });
  });
}

describe("checkVerifiers.ts", () => {
  after(endSnarkjsWorkers);

  it("passes development keys save for a release, and never a key without phase 2", async () => {
    const folder = await temporaryFolder();
    const { power } = await fixtureKeys();
    const file = path.join(folder, "Groth16PowerVerifier.sol");
    await writeFile(file, await solidityVerifier("Power", power.zkey));
    expect(await run(folder)).to.deep.equal({
      code: 0,
      stderr: `checkVerifiers: 1 verifiers in ${folder}\n`,
    });
    const release = await run(folder, "--release");
    expect(release.code).to.equal(1);
    expect(release.stderr).to.contain(`${file}: it is a development key`);

    const { initial, final } = await knownCeremony(power.r1cs);
    await writeFile(file, await solidityVerifier("Power", final));
    expect((await run(folder, "--release")).code).to.equal(0);
    await writeFile(file, await solidityVerifier("Power", initial));
    const skipped = await run(folder);
    expect(skipped.code).to.equal(1);
    expect(skipped.stderr).to.contain(`${file}: gamma equals delta`);
  });

  it("says where it finds nothing to check", async () => {
    const { code, stderr } = await run("/nowhere");
    expect(code).to.equal(2);
    expect(stderr).to.contain("/nowhere");
  });
});
