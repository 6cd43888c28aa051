import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { auditKeyOf } from "../../../../sdk/private/auditKey.ts";
import { expectRefusal, runSealwatt } from "../../../helpers/runSealwatt.ts";

describe("sealwatt audit keygen", function () {
  this.timeout(30_000);
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), "sealwatt-audit-key-"))));
  after(() => rmSync(folder, { recursive: true }));

  const keygen = (file: string, ...args: string[]) =>
    runSealwatt(["audit", "keygen", "--key-file", path.join(folder, file), ...args]);
  const secretOf = (file: string) => readFileSync(path.join(folder, file), "utf8").trim();

  it("makes a secret for its owner alone, and tells what setAuditKey takes", async () => {
    const { code, stdout, stderr } = await keygen("a.key", "--json");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const made = JSON.parse(stdout) as { key: string[]; eighth: string[]; keyFile: string };
    expect(made.keyFile).to.equal(path.join(folder, "a.key"));
    expect(statSync(made.keyFile).mode & 0o777).to.equal(0o600);
    const { key, eighth } = auditKeyOf(BigInt(secretOf("a.key")));
    expect(made.key).to.deep.equal(key.map(String));
    expect(made.eighth).to.deep.equal(eighth.map(String));
  });

  it("says what to do with it, and shows no secret", async () => {
    const { stdout } = await keygen("b.key");
    expect(stdout).to.include("private:set-audit-key").and.to.include("Keep a copy for ever");
    const secret = secretOf("b.key");
    expect(stdout).to.not.include(secret.slice(2)).and.to.not.include(BigInt(secret).toString());
    expect(secret).to.not.equal(secretOf("a.key"));
  });

  it("leaves a file alone that is there, and refuses a folder that cannot be made", async () => {
    const before = secretOf("a.key");
    const again = await keygen("a.key");
    expectRefusal(again, "sealwatt audit keygen", "Name another file");
    expect(secretOf("a.key")).to.equal(before);
    const below = await keygen("a.key/b.key");
    expectRefusal(below, "sealwatt audit keygen", "Cannot write the key file");
  });

  it("wants to know which file", async () => {
    const { code, stderr } = await runSealwatt(["audit", "keygen"]);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^sealwatt audit keygen: required option '--key-file <file>'.*\n$/);
  });
});
