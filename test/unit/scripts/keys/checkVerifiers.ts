import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { endSnarkjsWorkers } from "../../../../scripts/keys/snarkjsCurve.ts";
import { solidityVerifier, type KeyOrigin } from "../../../../scripts/keys/solidityVerifier.ts";
import { readVerificationKey } from "../../../../scripts/keys/verificationKey.ts";
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
    const file = path.join(folder, "PowerVerifier.sol");
    const write = async (zkey: string, origin: KeyOrigin) => {
      const key = await readVerificationKey(await readFile(zkey));
      await writeFile(file, solidityVerifier("Power", key, origin));
    };
    await write(power.zkey, "development");
    // Not a verifier, though its name ends alike.
    await writeFile(path.join(folder, "PowerSignals.sol"), "library PowerSignals {}");
    expect(await run(folder)).to.deep.equal({
      code: 0,
      stderr: `checkVerifiers: 1 verifiers in ${folder}\n`,
    });
    const release = await run(folder, "--release");
    expect(release.code).to.equal(1);
    expect(release.stderr).to.contain(`${file}: it is a development key`);

    const { initial, final } = await knownCeremony(power.r1cs);
    // What the source says of its key does not count.
    await write(power.zkey, "ceremony");
    expect((await run(folder, "--release")).code).to.equal(1);
    await write(final, "ceremony");
    expect((await run(folder, "--release")).code).to.equal(0);
    await write(initial, "ceremony");
    const skipped = await run(folder);
    expect(skipped.code).to.equal(1);
    expect(skipped.stderr).to.contain(`${file}: gamma equals delta`);
  });

  it("says where it finds nothing to check", async () => {
    const { code, stderr } = await run("/nowhere");
    expect(code).to.equal(2);
    expect(stderr).to.contain("/nowhere");
    const empty = await run(await temporaryFolder());
    expect(empty.code).to.equal(2);
    expect(empty.stderr).to.contain("There is no verifier in");
  });
});
