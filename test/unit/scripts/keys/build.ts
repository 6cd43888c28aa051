import { execFile } from "node:child_process";
import { appendFile, cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { findWeaknesses } from "../../../../scripts/keys/checkVerifier.ts";
import { isDevelopmentKey } from "../../../../scripts/keys/isDevelopmentKey.ts";
import { endSnarkjsWorkers } from "../../../../scripts/keys/snarkjsCurve.ts";
import { FIXTURE_CIRCUITS, temporaryFolder } from "../../../helpers/fixtureKeys.ts";

const SCRIPT = path.resolve(import.meta.dirname, "../../../../scripts/keys/build.ts");

describe("keys/build.ts", function () {
  // Each run is a process of its own.
  this.timeout(120_000);

  let folder: string;
  let circuits: string;
  let verifiers: string;
  const verifier = (name: string) => path.join(verifiers, name);
  const build = (...args: string[]): Promise<{ code: unknown; stderr: string }> =>
    new Promise((resolve) => {
      const places = ["--circuits", circuits, "--cache", path.join(folder, "cache")];
      const all = [SCRIPT, ...args, ...places, "--verifiers", verifiers];
      execFile(process.execPath, all, (error, _stdout, stderr) => {
        resolve({ code: error?.code ?? 0, stderr });
      });
    });

  before(async () => {
    folder = await temporaryFolder();
    await cp(path.dirname(FIXTURE_CIRCUITS), path.join(folder, "circuits"), { recursive: true });
    circuits = path.join(folder, "circuits", "circuits.json");
    verifiers = path.join(folder, "verifiers");
    expect(await build()).to.include({ code: 0 });
  });
  after(endSnarkjsWorkers);

  it("writes a verifier and the names of its signals for each circuit, and passes its own check", async () => {
    expect(await readdir(verifiers)).to.have.members([
      "PowerVerifier.sol",
      "PowerSignals.sol",
      "HighPowerVerifier.sol",
      "HighPowerSignals.sol",
    ]);
    const source = await readFile(verifier("PowerVerifier.sol"), "utf8");
    expect(source).to.match(/DEVELOPMENT KEY/);
    expect(await isDevelopmentKey(source)).to.equal(true);
    expect(await findWeaknesses(source)).to.deep.equal([]);
    const { code, stderr } = await build("--check");
    expect({ code, stderr }).to.have.property("code", 0);
    expect(stderr).to.match(/^keys: 2 circuits, 0 built, .* MB of proving keys, .* s\n$/);
  });

  it("fails its check on drift, names the files, leaves them, and mends them when it writes", async () => {
    const source = await readFile(verifier("PowerVerifier.sol"), "utf8");
    const changed = source.replace(
      /hex"\w/,
      (digit) => digit.slice(0, -1) + (digit.endsWith("1") ? "2" : "1"),
    );
    await writeFile(verifier("PowerVerifier.sol"), changed);
    await appendFile(verifier("HighPowerSignals.sol"), "\n");
    await writeFile(verifier("GoneVerifier.sol"), source);
    const { code, stderr } = await build("--check");
    expect(code).to.equal(1);
    expect(stderr).to.contain("PowerVerifier.sol, HighPowerSignals.sol, GoneVerifier.sol in ");
    expect(await readFile(verifier("PowerVerifier.sol"), "utf8")).to.equal(changed);

    // Of the circuits that are named, and nothing else.
    expect((await build("HighPower", "--check")).code).to.equal(1);
    expect((await build("HighPower")).code).to.equal(0);
    expect((await build("HighPower", "--check")).code).to.equal(0);
    expect((await build("--check")).stderr).to.contain(" PowerVerifier.sol, GoneVerifier.sol in ");
    expect((await build()).stderr).to.match(
      /PowerVerifier.sol written\n.*GoneVerifier.sol removed/,
    );
    expect(await readFile(verifier("PowerVerifier.sol"), "utf8")).to.equal(source);
    expect((await build("--check")).code).to.equal(0);
    await rm(verifier("PowerSignals.sol"));
    expect((await build("--check")).code).to.equal(1);
    expect((await build()).code).to.equal(0);
  });

  it("refuses a manifest that lists other signals than the circuit has", async () => {
    const manifest = await readFile(circuits, "utf8");
    await writeFile(circuits, manifest.replace('["power", "unused"]', '["power"]'));
    const { code, stderr } = await build("--check");
    await writeFile(circuits, manifest);
    expect(code).to.equal(2);
    expect(stderr).to.contain("Power has 2 public signals, its entry 1.");
  });
});
