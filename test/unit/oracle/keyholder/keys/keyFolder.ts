import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type {
  EpochPublicKeys,
  EpochSecrets,
} from "../../../../../oracle/keyholder/keys/epochKeys.ts";
import { KeyFolder } from "../../../../../oracle/keyholder/keys/keyFolder.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const POOL = { chainId: 31337n, pool: "0x00000000000000000000000000000000000000Aa" };
const EPOCH = `0x${"ab".repeat(32)}`;
const OTHER = `0x${"cd".repeat(32)}`;
const PASSWORD = "correct horse";

const SECRETS: EpochSecrets = {
  matchingKey: new Uint8Array(1_000).fill(1),
  deliveryKey: new Uint8Array(1_000).fill(2),
  envelopeScalar: 12345678901234567890123n,
  beaconSecret: new Uint8Array(32).fill(3),
};
const PUBLICS: EpochPublicKeys = {
  "public-key": new Uint8Array([4]),
  "relin-keys": new Uint8Array([5, 5]),
  "delivery-key": new Uint8Array([6, 6, 6]),
};

describe("KeyFolder", () => {
  let folder: string;
  const open = (changes: Partial<Parameters<typeof KeyFolder.open>[0]> = {}) =>
    KeyFolder.open({ folder, pool: POOL, password: PASSWORD, costLog2: 10, ...changes });
  const secretFile = () => path.join(folder, `${"ab".repeat(32)}.secret`);

  beforeEach(
    () => (folder = path.join(mkdtempSync(path.join(tmpdir(), "sealwatt-keys-")), "keys")),
  );
  afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

  it("keeps an epoch's keys over a restart, for nobody else", async () => {
    await (await open()).write(EPOCH, SECRETS, PUBLICS);
    const again = await open();
    expect(await again.readSecrets(EPOCH)).to.deep.equal(SECRETS);
    expect(await again.readPublic(EPOCH, "relin-keys")).to.deep.equal(PUBLICS["relin-keys"]);
    expect(await again.readSecrets(OTHER)).to.equal(undefined);
    expect(await again.readPublic(OTHER, "public-key")).to.equal(undefined);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    for (const file of readdirSync(folder)) {
      expect(statSync(path.join(folder, file)).mode & 0o777).to.equal(0o600);
    }
  });

  it("writes no secret in the clear", async () => {
    await (await open()).write(EPOCH, SECRETS, PUBLICS);
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(path.join(folder, file));
      expect(bytes.includes(PASSWORD)).to.equal(false);
      expect(bytes.includes(SECRETS.envelopeScalar.toString())).to.equal(false);
      expect(bytes.includes(Buffer.from(SECRETS.matchingKey.subarray(0, 32)))).to.equal(false);
    }
  });

  it("encrypts the same secrets to other bytes each time", async () => {
    const keys = await open();
    await keys.write(EPOCH, SECRETS, PUBLICS);
    const before = readFileSync(secretFile());
    await keys.write(EPOCH, SECRETS, PUBLICS);
    expect(readFileSync(secretFile()).equals(before)).to.equal(false);
  });

  it("takes a password in any form of Unicode, and no other", async () => {
    await open({ password: "Gr\u00fc\u00dfe" });
    await open({ password: "Gru\u0308\u00dfe" });
    const error = await rejection(open({ password: "Grusse" }));
    expect(error.name).to.equal("WrongKeyPasswordError");
    expect(error.message).to.not.contain("Grusse");
  });

  it("refuses another market's folder", async () => {
    await open();
    expect((await rejection(open({ pool: { ...POOL, chainId: 1n } }))).name).to.equal(
      "ForeignKeyFolderError",
    );
    expect(
      (await rejection(open({ pool: { ...POOL, pool: `0x${"11".repeat(20)}` } }))).name,
    ).to.equal("ForeignKeyFolderError");
  });

  it("refuses a folder that others may read", async () => {
    await open();
    chmodSync(folder, 0o750);
    expect((await rejection(open())).message).to.contain("chmod 700");
  });

  it("tells torn and altered files from a wrong password", async () => {
    const keys = await open();
    await keys.write(EPOCH, SECRETS, PUBLICS);
    const bytes = readFileSync(secretFile());
    for (const damaged of [
      bytes.subarray(0, 100),
      Buffer.alloc(0),
      Buffer.concat([bytes, Buffer.from([0])]),
      Buffer.concat([bytes.subarray(0, 40), Buffer.from([bytes[40]! ^ 1]), bytes.subarray(41)]),
    ]) {
      writeFileSync(secretFile(), damaged);
      const error = await rejection(keys.readSecrets(EPOCH));
      expect(error.name).to.equal("DamagedKeyFileError");
      expect(error.message).to.contain("Restore it from its copy");
    }
  });

  it("does not take one epoch's file for another's", async () => {
    const keys = await open();
    await keys.write(EPOCH, SECRETS, PUBLICS);
    writeFileSync(path.join(folder, `${"cd".repeat(32)}.secret`), readFileSync(secretFile()));
    expect((await rejection(keys.readSecrets(OTHER))).name).to.equal("DamagedKeyFileError");
  });

  it("refuses a torn or forged description of the folder", async () => {
    await open();
    const file = path.join(folder, "keys.json");
    const text = readFileSync(file, "utf8");
    const forged = JSON.parse(text) as Record<string, unknown>;
    for (const damaged of [
      text.slice(0, 50),
      "{}",
      "null",
      text.replace('"costLog2":10', '"costLog2":11'),
      // A cost that would take all memory.
      JSON.stringify({ ...forged, costLog2: 60 }),
    ]) {
      writeFileSync(file, damaged);
      expect((await rejection(open())).name).to.equal("DamagedKeyFileError");
    }
  });

  it("destroys an epoch's secrets, and keeps its public keys", async () => {
    const keys = await open();
    await keys.write(EPOCH, SECRETS, PUBLICS);
    await keys.write(OTHER, SECRETS, PUBLICS);
    await keys.destroySecrets(EPOCH);
    await keys.destroySecrets(EPOCH);
    expect(await keys.hasSecrets(EPOCH)).to.equal(false);
    expect(await keys.readSecrets(EPOCH)).to.equal(undefined);
    expect(await keys.readPublic(EPOCH, "public-key")).to.deep.equal(PUBLICS["public-key"]);
    expect(await keys.readSecrets(OTHER)).to.deep.equal(SECRETS);
  });
});
