import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { BINARY, CANARY, expectRefusal, runSealwatt } from "../../../../helpers/runSealwatt.ts";

const withPassword = { SEALWATT_KEYSTORE_PASSWORD: CANARY };

describe("sealwatt oracle keygen", function () {
  this.timeout(30_000);
  let folder: string;

  before(() => (folder = mkdtempSync(path.join(tmpdir(), "sealwatt-keygen-"))));
  after(() => rmSync(folder, { recursive: true }));

  const keygen = (file: string, env = {}, ...args: string[]) =>
    runSealwatt(["oracle", "keygen", "--keystore", path.join(folder, file), ...args], env);

  it("makes a keystore for its owner alone, which the password opens", async () => {
    const { code, stdout, stderr } = await keygen("a.json", withPassword, "--json");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const { address, keystore } = JSON.parse(stdout) as { address: string; keystore: string };
    expect(keystore).to.equal(path.join(folder, "a.json"));
    expect(statSync(keystore).mode & 0o777).to.equal(0o600);
    const wallet = await Wallet.fromEncryptedJson(readFileSync(keystore, "utf8"), CANARY);
    expect(wallet.address).to.equal(address);
    expect(stdout).to.not.include(wallet.privateKey.slice(2));
  });

  it("says what the address is for, and shows no password", async () => {
    const { stdout } = await keygen("b.json", withPassword);
    const [address] = stdout.split("\n");
    expect(stdout).to.include(`market:bind-meter --gateway ${address!} …`);
    expect(stdout).to.not.include(CANARY);
  });

  it("leaves a file alone that is there", async () => {
    const before = readFileSync(path.join(folder, "a.json"), "utf8");
    expectRefusal(
      await keygen("a.json", withPassword),
      "sealwatt oracle keygen",
      "Name another file: a key that is overwritten is lost.",
    );
    expect(readFileSync(path.join(folder, "a.json"), "utf8")).to.equal(before);
  });

  describe("in a terminal", () => {
    const SCRIPT = "/usr/bin/script";
    const type = (file: string, typed: string) => {
      const command = `${process.execPath} ${BINARY} oracle keygen --keystore ${path.join(folder, file)}`;
      return spawnSync(SCRIPT, ["-qec", `stty -echo; ${command}`, "/dev/null"], {
        input: typed,
        encoding: "utf8",
      });
    };
    before(function () {
      if (existsSync(SCRIPT)) return;
      console.warn("      script is not installed: no terminal to test with");
      this.skip();
    });

    it("asks for the password twice, without showing it", async () => {
      const { status, stdout } = type("typed.json", `${CANARY}\n${CANARY}\n`);
      expect(status, stdout).to.equal(0);
      const file = path.join(folder, "typed.json");
      expect(stdout).to.include(`New password of ${file}: `).and.to.include("The same again: ");
      const wallet = await Wallet.fromEncryptedJson(readFileSync(file, "utf8"), CANARY);
      expect(stdout).to.include(wallet.address);
    });

    it("makes no key where the two differ", () => {
      const { status, stdout } = type("differs.json", "one\nother\n");
      expect(status).to.equal(2);
      expect(stdout).to.include("The two passwords differ. Type the same one twice.");
      expect(existsSync(path.join(folder, "differs.json"))).to.equal(false);
    });
  });

  it("refuses a folder that is not there, no password and an empty one", async () => {
    const command = "sealwatt oracle keygen";
    expectRefusal(await keygen("none/a.json", withPassword), command, "Cannot write the keystore");
    expectRefusal(await keygen("c.json"), command, "set SEALWATT_KEYSTORE_PASSWORD");
    const empty = await keygen("c.json", { SEALWATT_KEYSTORE_PASSWORD: "" });
    expectRefusal(empty, command, "The password is empty. Choose one.");
  });
});
