import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import {
  ForeignStoreError,
  StoreError,
  StoreLockedError,
  StoreVersionError,
  StoreWriteError,
} from "../../../../oracle/store/errors.ts";
import { StoreDatabase } from "../../../../oracle/store/storeDatabase.ts";
import { hashOf, OWNER, readingOf, SENDER, storeSigned, useStores } from "./stores.ts";

describe("GatewayStore", function () {
  const stores = useStores();

  it("makes a file that only its user may read", function () {
    stores.open();
    for (const path of [stores.path, `${stores.path}.lock`]) {
      expect(statSync(path).mode & 0o777).to.equal(0o600);
    }
  });

  it("leaves nothing beside it but its journal and its lock", function () {
    stores.open();
    expect(readdirSync(stores.folder).sort()).to.deep.equal([
      "gateway.db",
      "gateway.db-journal",
      "gateway.db.lock",
    ]);
  });

  it("has one writer, named to the next, until it is closed", function () {
    const store = stores.open();
    expect(() => stores.open())
      .to.throw(StoreLockedError, `in use by process ${process.pid}.`)
      .with.property("pid", process.pid);
    store.close();
    stores.open();
  });

  it("has one writer among processes, also where it was made by one that was killed", function () {
    const open = `
      import { GatewayStore } from "./oracle/store/gatewayStore.ts";
      GatewayStore.open(process.argv[1], { chainId: 31337n, market: process.argv[2] });`;
    const run = (then: string) =>
      spawnSync(
        process.execPath,
        ["--input-type=module-typescript", "-e", open + then, stores.path, OWNER.market],
        { encoding: "utf8" },
      );
    expect(run(`process.kill(process.pid, "SIGKILL");`).signal).to.equal("SIGKILL");
    stores.open();
    expect(run("").stderr).to.include(`is in use by process ${process.pid}.`);
  });

  it("may be looked at while it is in use", function () {
    const store = stores.open();
    storeSigned(store, [readingOf(1, 5)]);
    const reader = stores.openReadOnly();
    expect(reader.readings.counts().signed).to.equal(1);
    expect(reader.owner).to.deep.equal(OWNER);
    storeSigned(store, [readingOf(1, 6)]);
    expect(reader.readings.pending()).to.have.length(2);
    expect(reader.readings.counts().signed).to.equal(2);
    expect(() => reader.readings.storeRead([readingOf(1, 7)])).to.throw(StoreWriteError);
  });

  it("says so where there is none to look at", function () {
    expect(() => stores.openReadOnly()).to.throw(StoreError, "There is no store at");
  });

  it("says so where its folder is missing", function () {
    expect(() => stores.open({}, "missing/gateway.db")).to.throw(StoreError, "cannot be taken.");
  });

  it("says so where its place is taken by a folder", function () {
    mkdirSync(stores.path);
    expect(() => stores.open()).to.throw(StoreError, "gateway.db");
  });

  it("is not opened for another market, chain or beginning of the chain", function () {
    const store = stores.open({ genesisHash: hashOf(1) });
    store.transactions.setChainMark({ chainId: 31337, genesisHash: hashOf(1), block: undefined });
    store.close();
    for (const other of [{ market: SENDER }, { chainId: 1n }, { genesisHash: hashOf(2) }]) {
      expect(() => stores.open(other)).to.throw(ForeignStoreError);
    }
    stores.open({ market: OWNER.market.toLowerCase(), genesisHash: hashOf(1) });
  });

  it("is not opened where a later version wrote it", function () {
    stores.open().close();
    const database = new StoreDatabase(stores.path);
    database.setFact("owner", { ...(database.fact("owner") as object), schemaVersion: 2 });
    database.close();
    for (const open of [() => stores.open(), () => stores.openReadOnly()]) {
      expect(open).to.throw(
        StoreVersionError,
        "is of version 2; this Sealwatt knows versions up to 1.",
      );
    }
    expect(statSync(stores.path).size).to.be.above(0);
  });

  it("remembers what a later start needs, apart from what it notes of itself", function () {
    const store = stores.open();
    store.remember("owner", { periodLength: 900 });
    store.remember("owner", { periodLength: 60 });
    store.close();
    const reopened = stores.open();
    expect(reopened.recall("owner")).to.deep.equal({ periodLength: 60 });
    expect(reopened.recall("bindings")).to.equal(undefined);
    expect(reopened.owner).to.deep.equal(OWNER);
  });

  it("makes several changes one, or none", function () {
    const store = stores.open();
    const fail = () =>
      store.transaction(() => {
        store.readings.storeRead([readingOf(1, 5)]);
        throw new Error("no");
      });
    expect(fail).to.throw("no");
    const swallow = () =>
      store.transaction(() => {
        store.readings.storeRead([readingOf(1, 5)]);
        expect(() => store.readings.storeRead([readingOf(1, 5)])).to.throw(StoreError);
      });
    expect(swallow).to.throw(StoreError, "is stored already");
    expect(store.readings.counts().read).to.equal(0);
    expect(store.readings.pending()).to.be.empty;
  });
});
