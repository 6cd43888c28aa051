import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { KeystoreError } from "../../../../sdk/keystore/keystoreError.ts";
import { auditKeyOf, publishedAuditKey } from "../../../../sdk/private/auditKey.ts";
import { makeAuditKeyFile, readAuditKeyFile } from "../../../../sdk/private/auditKeyFile.ts";
import {
  InvalidPointError,
  isOfPrimeOrder,
  multiplyPoint,
} from "../../../../sdk/private/babyJubjub.ts";
import { SUBGROUP_ORDER } from "../../../../sdk/private/field.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { AUDIT_KEY, AUDIT_SCALAR, lowOrderPoints } from "./scene.ts";

describe("auditKey", () => {
  it("comes with a point of which it is eight times, from the scalar or from the key alone", () => {
    for (const scalar of [1n, 7n, 8n, AUDIT_SCALAR, SUBGROUP_ORDER - 1n]) {
      const { key, eighth } = auditKeyOf(scalar);
      expect(multiplyPoint(eighth, 8n)).to.deep.equal(key);
      expect(isOfPrimeOrder(eighth)).to.be.true;
      expect(publishedAuditKey(key)).to.deep.equal({ key, eighth });
    }
    expect(auditKeyOf(AUDIT_SCALAR).key).to.deep.equal(AUDIT_KEY);
  });

  it("is no point of low order", () => {
    for (const point of lowOrderPoints()) {
      expect(() => publishedAuditKey(point)).to.throw(InvalidPointError);
    }
  });

  describe("file", () => {
    let directory: string;
    let file: string;
    beforeEach(() => {
      directory = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
      file = path.join(directory, "keys", "audit.key");
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    const read = () => readAuditKeyFile("--key-file", file);

    it("is made once, for its owner alone to read, and gives the scalar", async () => {
      expect(await makeAuditKeyFile("--key-file", file)).to.equal(true);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      const scalar = await read();
      expect(BigInt(readFileSync(file, "utf8").trim())).to.equal(scalar);
      expect(await makeAuditKeyFile("--key-file", file)).to.equal(false);
      expect(await read()).to.equal(scalar);
    });

    it("is refused where others may read it, or it holds no scalar, and never shown", async () => {
      await makeAuditKeyFile("--key-file", file);
      chmodSync(file, 0o640);
      expect((await rejection(read())).message).to.match(/open to others/);
      chmodSync(file, 0o600);
      const hex = (value: bigint) => value.toString(16).padStart(64, "0");
      for (const text of [hex(0n), hex(SUBGROUP_ORDER), "12", `${hex(5n)}0`, "secret words"]) {
        writeFileSync(file, text);
        const error = await rejection(read());
        expect(error).to.be.instanceOf(KeystoreError);
        expect(error.message).to.match(/holds no private key.*\n.*private:set-audit-key/);
        expect(error.message).not.to.include(text);
      }
      for (const scalar of [1n, SUBGROUP_ORDER - 1n]) {
        writeFileSync(file, hex(scalar));
        expect(await read()).to.equal(scalar);
      }
    });
  });
});
