import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  DamagedBlobError,
  MissingBlobError,
} from "../../../../../oracle/matcher/store/blobErrors.ts";
import { BlobStore } from "../../../../../oracle/matcher/store/blobStore.ts";
import { StoreFullError } from "../../../../../oracle/store/errors.ts";
import { contentHash } from "../../../../../sdk/private/matching/contentHash.ts";
import { temporaryFolder } from "../../../../helpers/fixtureKeys.ts";
import { rejection } from "../../../../helpers/rejection.ts";

describe("BlobStore", () => {
  let folder: string;
  let store: BlobStore;
  const bytes = new Uint8Array(randomBytes(1_000));
  const hash = contentHash(bytes);
  const path = () => join(folder, hash.slice(2, 4), hash.slice(2));

  beforeEach(async () => {
    folder = await temporaryFolder();
    store = await BlobStore.open(folder);
  });

  it("gives back what it was given, also after it was opened again", async () => {
    await store.write(hash, bytes);
    await store.write(hash, bytes);
    expect(new Uint8Array(await store.read(hash))).to.deep.equal(bytes);
    const again = await BlobStore.open(folder);
    expect(new Uint8Array(await again.read(hash))).to.deep.equal(bytes);
    expect(await again.has(hash)).to.be.true;
    await again.remove(hash);
    await again.remove(hash);
    expect(await again.has(hash)).to.be.false;
  });

  it("keeps nothing as well as something", async () => {
    await store.write(contentHash(new Uint8Array()), new Uint8Array());
    expect(await store.read(contentHash(new Uint8Array()))).to.have.length(0);
  });

  it("lets only its own user read", async () => {
    await store.write(hash, bytes);
    expect(statSync(path()).mode & 0o077).to.equal(0);
    expect(statSync(join(folder, hash.slice(2, 4))).mode & 0o077).to.equal(0);
  });

  it("says what is missing", async () => {
    expect(await rejection(store.read(hash))).to.be.instanceOf(MissingBlobError);
  });

  for (const name of ["0x../../../../etc/passwd", "", "0x", hash.toUpperCase(), `${hash}0`]) {
    it(`goes nowhere for the name ${JSON.stringify(name.slice(0, 12))}`, async () => {
      expect(await rejection(store.read(name))).to.be.instanceOf(MissingBlobError);
      expect(await rejection(store.write(name, bytes))).to.be.instanceOf(MissingBlobError);
    });
  }

  for (const [damage, harm] of Object.entries({
    "a changed bit": (stored: Buffer) => Buffer.from(stored.map((b, i) => (i === 7 ? b ^ 1 : b))),
    "a lost end": (stored: Buffer) => stored.subarray(0, -1),
    "an empty file": () => Buffer.alloc(0),
    "something behind": (stored: Buffer) => Buffer.concat([stored, Buffer.alloc(1)]),
  })) {
    it(`sees ${damage}, and takes the right bytes in its place`, async () => {
      await store.write(hash, bytes);
      writeFileSync(path(), harm(readFileSync(path())));
      expect(await rejection(store.read(hash))).to.be.instanceOf(DamagedBlobError);
      await store.write(hash, bytes);
      expect(new Uint8Array(await store.read(hash))).to.deep.equal(bytes);
    });
  }

  it("clears away what a crash left unfinished", async () => {
    writeFileSync(join(folder, "incoming", "half"), "half");
    await BlobStore.open(folder);
    expect(readdirSync(join(folder, "incoming"))).to.be.empty;
  });

  it("says that the disk is full, leaves nothing, and goes on when there is room", async function () {
    const mounted = join(folder, "small");
    mkdirSync(mounted);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", mounted], {
        stdio: "ignore",
      });
    } catch {
      console.log("      SKIPPED: mounting a small disk needs root");
      this.skip();
    }
    try {
      const small = await BlobStore.open(mounted);
      const large = new Uint8Array(100_000);
      const error = await rejection(small.write(contentHash(large), large));
      expect(error).to.be.instanceOf(StoreFullError);
      expect(await small.has(contentHash(large))).to.be.false;
      await small.write(hash, bytes);
      expect(new Uint8Array(await small.read(hash))).to.deep.equal(bytes);
    } finally {
      execFileSync("umount", [mounted]);
    }
  });

  it("is written by two at once", async () => {
    await Promise.all([store.write(hash, bytes), store.write(hash, bytes)]);
    expect(new Uint8Array(await store.read(hash))).to.deep.equal(bytes);
  });
});
