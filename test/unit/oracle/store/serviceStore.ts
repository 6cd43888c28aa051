import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import {
  ForeignStoreError,
  StoreDamagedError,
  StoreFullError,
  StoreLockedError,
  StoreVersionError,
} from "../../../../oracle/store/errors.ts";
import { ServiceStore, type ServiceStoreOptions } from "../../../../oracle/store/serviceStore.ts";

const OPTIONS: ServiceStoreOptions = {
  owner: { service: "matcher", chainId: 31_337n, pool: `0x${"Ab".repeat(20)}` },
  tables: ["CREATE TABLE things (name TEXT PRIMARY KEY, bytes BLOB)"],
};

describe("ServiceStore", () => {
  let folder = "";
  let file = "";
  const stores: ServiceStore[] = [];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-service-"));
    file = path.join(folder, "store.sqlite");
  });

  afterEach(() => {
    for (const store of stores.splice(0)) store.close();
    rmSync(folder, { recursive: true });
  });

  const open = (options: Partial<ServiceStoreOptions> = {}) => {
    const store = ServiceStore.open(file, { ...OPTIONS, ...options });
    stores.push(store);
    return store;
  };
  const put = (store: ServiceStore, name: string, bytes = new Uint8Array()) =>
    store.run("INSERT INTO things VALUES (?, ?)", name, bytes);
  const names = (store: ServiceStore) =>
    store.all("SELECT name FROM things ORDER BY name").map(({ name }) => name);

  it("keeps what was written for who opens it next", () => {
    const first = open();
    expect(put(first, "a")).to.equal(1);
    first.close();
    const second = open();
    expect(second.one("SELECT name FROM things")).to.deep.equal({ name: "a" });
    expect(second.one("SELECT name FROM things WHERE name = ?", "b")).to.equal(undefined);
  });

  it("keeps all of a transaction, or nothing", () => {
    const store = open();
    store.transaction(() => {
      put(store, "a");
      store.transaction(() => put(store, "b"));
    });
    expect(() =>
      store.transaction(() => {
        put(store, "c");
        throw new RangeError("no");
      }),
    ).to.throw(RangeError);
    // A name that is taken is the caller's fault: the store goes on.
    expect(() => store.transaction(() => [put(store, "d"), put(store, "a")])).to.throw("UNIQUE");
    expect(names(store)).to.deep.equal(["a", "b"]);
    put(store, "e");
    expect(names(store)).to.deep.equal(["a", "b", "e"]);
  });

  it("has one writer", () => {
    const store = open();
    expect(() => open()).to.throw(StoreLockedError, "in use");
    store.close();
    expect(() => open()).not.to.throw();
  });

  it("is of one service, pool and chain, by whatever letters", () => {
    open().close();
    const { owner } = OPTIONS;
    for (const other of [
      { ...owner, service: "key holder" },
      { ...owner, chainId: 1n },
      { ...owner, pool: `0x${"11".repeat(20)}` },
    ]) {
      expect(() => open({ owner: other })).to.throw(ForeignStoreError, "belongs to a matcher");
    }
    expect(() => open({ owner: { ...owner, pool: owner.pool.toLowerCase() } })).not.to.throw();
  });

  it("is not opened by a version with other tables", () => {
    open().close();
    expect(() => open({ tables: ["CREATE TABLE others (name TEXT)"] })).to.throw(
      StoreVersionError,
      "another version",
    );
  });

  it("keeps nothing of what finds no room, and goes on when there is room again", () => {
    const store = open();
    put(store, "a");
    const [{ max_page_count: before }] = store.all("PRAGMA max_page_count") as [
      { max_page_count: number },
    ];
    store.all("PRAGMA max_page_count = 8");
    const fill = () =>
      store.transaction(() => {
        put(store, "b");
        put(store, "c", new Uint8Array(100_000));
      });
    expect(fill).to.throw(StoreFullError, "no room");
    expect(store.fault).to.equal(undefined);
    expect(names(store)).to.deep.equal(["a"]);
    store.all(`PRAGMA max_page_count = ${before}`);
    fill();
    expect(names(store)).to.deep.equal(["a", "b", "c"]);
  });

  it("is for its user alone, in a folder that is open to others too", () => {
    chmodSync(folder, 0o755);
    const umask = process.umask(0o022);
    try {
      const store = open();
      store.transaction(() => {
        put(store, "a");
        for (const name of readdirSync(folder)) {
          expect(statSync(path.join(folder, name)).mode & 0o777, name).to.equal(0o600);
        }
        expect(readdirSync(folder)).to.include("store.sqlite-journal");
      });
    } finally {
      process.umask(umask);
    }
  });

  it("says of another file that it is none, and what mends that", () => {
    writeFileSync(file, "x".repeat(8_192));
    expect(() => open())
      .to.throw(StoreDamagedError, "not a database")
      .with.property("metaMessages")
      .that.deep.equals(["Restore the whole folder from its copy."]);
  });
});
