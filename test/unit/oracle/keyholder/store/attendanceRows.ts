import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { AttendanceRows } from "../../../../../oracle/keyholder/store/attendanceRows.ts";
import { TABLES } from "../../../../../oracle/keyholder/store/tables.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";

const OWNER = { service: "key holder", chainId: 1n, pool: `0x${"11".repeat(20)}` };

describe("The key holder's attendance", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "sealwatt-attendance-"));
  let store: ServiceStore;
  let rows: AttendanceRows;
  const start = () => {
    store = ServiceStore.open(path.join(folder, "a.sqlite"), { owner: OWNER, tables: TABLES });
    rows = new AttendanceRows(store);
  };
  before(start);
  after(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  it("covers what it was there for, to the second, and no gap", () => {
    expect(rows.covers(100, 100)).to.equal(false);
    rows.note(100, 15);
    rows.note(115, 15);
    expect([rows.covers(100, 115), rows.covers(99, 115), rows.covers(100, 116)]).to.deep.equal([
      ...[true, false, false],
    ]);
    rows.note(131, 15);
    rows.note(140, 15);
    expect([rows.covers(100, 140), rows.covers(131, 140), rows.covers(102, 110)]).to.deep.equal([
      ...[false, true, true],
    ]);
  });

  it("is on the disk but for its last seconds", () => {
    rows.note(144, 15);
    store.close();
    start();
    expect([rows.covers(131, 140), rows.covers(131, 144)]).to.deep.equal([true, false]);
    rows.note(155, 15);
    expect(rows.covers(131, 155)).to.equal(true);
  });

  it("keeps time that a reorganisation takes back", () => {
    rows.note(150, 15);
    expect(rows.covers(131, 155)).to.equal(true);
  });

  it("has a bounded number of rows, however often it comes and goes", () => {
    store.transaction(() => {
      for (let i = 0; i < 1_100; i++) rows.note(1_000 + 20 * i, 15);
    });
    expect(store.one("SELECT count(*) AS rows FROM attendance")?.rows).to.equal(1_000);
  });
});
