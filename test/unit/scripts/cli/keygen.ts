import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { CANARY, expectRefusal, runSealwatt } from "../../../helpers/runSealwatt.ts";

const withPassword = { SEALWATT_KEYSTORE_PASSWORD: CANARY };

describe("sealwatt keygen", function () {
  this.timeout(30_000);
  let folder: string;

  before(() => (folder = mkdtempSync(path.join(tmpdir(), "sealwatt-keygen-"))));
  after(() => rmSync(folder, { recursive: true }));

  const keygen = (file: string, env = {}, ...args: string[]) =>
    runSealwatt(["keygen", "--keystore", path.join(folder, file), ...args], env);

  it("makes a keystore that the services open, for its owner alone, and tells its address", async () => {
    const { code, stdout, stderr } = await keygen("matcher.json", withPassword, "--json");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const { address, keystore } = JSON.parse(stdout) as { address: string; keystore: string };
    expect(keystore).to.equal(path.join(folder, "matcher.json"));
    expect(statSync(keystore).mode & 0o777).to.equal(0o600);
    const wallet = await Wallet.fromEncryptedJson(readFileSync(keystore, "utf8"), CANARY);
    expect(wallet.address).to.equal(address);
    expect(stdout).to.not.include(wallet.privateKey.slice(2));
  });

  it("tells people the same, and nothing of meters", async () => {
    const { stdout } = await keygen("keyholder.json", withPassword);
    const json = readFileSync(path.join(folder, "keyholder.json"), "utf8");
    expect(stdout.split("\n")[0]).to.equal(Wallet.fromEncryptedJsonSync(json, CANARY).address);
    expect(stdout).to.include("which role it needs").and.to.not.match(/meter/i);
    expect(stdout).to.not.include(CANARY);
  });

  it("leaves a file alone that is there, and makes none without a password", async () => {
    const before = readFileSync(path.join(folder, "matcher.json"), "utf8");
    const again = await keygen("matcher.json", withPassword);
    expectRefusal(again, "sealwatt keygen", "a key that is overwritten is lost.");
    expect(readFileSync(path.join(folder, "matcher.json"), "utf8")).to.equal(before);
    const without = await keygen("other.json");
    expectRefusal(without, "sealwatt keygen", "set SEALWATT_KEYSTORE_PASSWORD");
  });

  it("is what a service names whose keystore is not there", async () => {
    const keystore = path.join(folder, "none.json");
    const { code, stderr } = await runSealwatt(
      ["keyholder", "rotate", "--keystore", keystore],
      withPassword,
    );
    expect(code).to.equal(2);
    expect(stderr).to.include("or make one with sealwatt keygen (ENOENT");
  });
});
