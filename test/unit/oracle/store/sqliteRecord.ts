import { expect } from "chai";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "../../../../oracle/store/sqlite.ts";
import { decodeRecord, readVarint } from "../../../../oracle/store/sqliteRecord.ts";
import { useStores } from "./stores.ts";

describe("decodeRecord", function () {
  const stores = useStores();

  for (const value of [
    null,
    0,
    1,
    -1,
    127,
    -128,
    128,
    32767,
    32768,
    2 ** 23 - 1,
    2 ** 23,
    -(2 ** 31),
    2 ** 31,
    2 ** 47 - 1,
    2 ** 47,
    2 ** 53 - 1,
    1.5,
    1_790_000_000_000.25,
    "",
    "Zähler",
    "x".repeat(3000),
    new Uint8Array(),
    Uint8Array.of(0, 255),
  ]) {
    it(`gives ${String(value).slice(0, 20)} back as SQLite has written it`, function () {
      const database = new DatabaseSync(stores.path);
      database.exec("PRAGMA page_size = 4096; CREATE TABLE t (a, b)");
      database.prepare("INSERT INTO t VALUES (?, 7)").run(value);
      database.close();
      const page = readFileSync(stores.path).subarray(4096);
      const length = readVarint(page, page.readUInt16BE(8));
      const id = readVarint(page, length.end);
      expect(id.value).to.equal(1);
      const record = page.subarray(id.end, id.end + length.value);
      expect(decodeRecord(record)).to.deep.equal([value, 7]);
    });
  }

  it("takes what goes on behind its end, or has no known kind, for no record", function () {
    expect(decodeRecord(Buffer.from("050f", "hex"))).to.equal(undefined);
    expect(decodeRecord(Buffer.from("020f", "hex"))).to.equal(undefined);
    expect(decodeRecord(Buffer.from("020a", "hex"))).to.equal(undefined);
    expect(() => decodeRecord(Buffer.from("02ff", "hex"))).to.throw(RangeError);
  });

  it("reads the longest number of nine bytes", function () {
    expect(readVarint(Buffer.from("ffffffffffffffffff", "hex"), 0).end).to.equal(9);
  });
});
