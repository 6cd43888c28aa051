import { execFileSync } from "node:child_process";
import { expect } from "chai";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { RandomSource } from "../../../helpers/randomSource.ts";
import { StoreDamagedError, StoreError } from "../../../../oracle/store/errors.ts";
import type { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import type { StoredReading } from "../../../../oracle/store/readings.ts";
import { hashOf, OWNER, readingOf, send, SENDER, storeSigned, useStores } from "./stores.ts";

const GUIDE = new URL("../../../../docs/operations/oracle.md", import.meta.url);
const PAGE_BYTES = 4096;
const PERIODS = 20;
const METERS = 40;

describe("GatewayStore, damaged", function () {
  const stores = useStores();

  /** Readings in every state, a transaction with a long content, a quarantine entry and an offset. */
  function fill(store: GatewayStore): StoredReading[] {
    for (let period = 1; period <= PERIODS; ++period) {
      const readings = Array.from({ length: METERS }, (_, index) => readingOf(index, period));
      const ids = storeSigned(store, readings);
      if (period === PERIODS) break;
      const id = send(store, ids, period);
      if (period === PERIODS - 1) continue;
      const block = { number: period, hash: hashOf(period) };
      store.transactions.markIncluded(id, hashOf(1000 + period), block);
      store.transactions.storeOutcome(
        id,
        ids.map((readingId) => ({ id: readingId, type: "counted" })),
      );
      store.transactions.markFinal(id);
    }
    store.transactions.addAttempt(1, {
      hash: hashOf(9),
      raw: `0x${"ab".repeat(20_000)}`,
      maxFeePerGas: 1n,
      maxPriorityFeePerGas: 1n,
      sentAtMs: undefined,
    });
    store.offsets.add({
      participant: 3,
      meterId: 4,
      importOffsetWh: 5n,
      exportOffsetWh: 0n,
      serialNumber: undefined,
      sinceMs: 0,
      reason: "wrapped around",
      commandId: undefined,
    });
    return readingsOf(store);
  }

  const readingsOf = (store: GatewayStore) =>
    store.readings.readingsIn(Array.from({ length: METERS * PERIODS }, (_, index) => index + 1));

  /** Makes a store with all readings and changes its file. */
  function damage(change: (bytes: Buffer) => void): StoredReading[] {
    const store = stores.open();
    const readings = fill(store);
    store.close();
    const bytes = readFileSync(stores.path);
    change(bytes);
    writeFileSync(stores.path, bytes);
    return readings;
  }

  /** Page numbers, from 0, that hold a text. */
  function pagesWith(bytes: Buffer, text: string, kind = 0x0d): number[] {
    return Array.from({ length: bytes.length / PAGE_BYTES }, (_, page) => page).filter((page) => {
      const content = bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
      return content[page === 0 ? 100 : 0] === kind && content.includes(text);
    });
  }

  /** Where a byte of an old reading is: the last one in its page is no remainder of what was moved elsewhere. */
  const oldRowIn = (bytes: Buffer) =>
    bytes.lastIndexOf("1000 Wh", (pagesWith(bytes, "1000 Wh")[1]! + 1) * PAGE_BYTES);

  /** Opens the store and checks that it is whole, keeps the evidence and has all readings but the lost ones. */
  function expectRepaired(readings: readonly StoredReading[]) {
    const lines: string[] = [];
    const store = stores.open({ log: (line) => lines.push(line) });
    const [report] = store.damage;
    expect(store.damage).to.have.length(1);
    expect(existsSync(report!.evidencePath)).to.equal(true);
    expect(lines).to.include(`The damaged file is kept as ${report!.evidencePath}.`);
    const left = readingsOf(store);
    const byId = new Map(readings.map((reading) => [reading.id, reading]));
    for (const { id, importWh, period, participant, raw } of left) {
      expect(byId.get(id)).to.deep.include({ importWh, period, participant, raw });
    }
    expect(left).to.have.length(readings.length - (report!.lost.readings ?? 0));
    return { store, report: report!, left };
  }

  it("is not found damaged where it is not", async function () {
    const store = stores.open();
    fill(store);
    expect(await store.verifyAll()).to.deep.include({ findings: [] });
    store.close();
    expect(stores.open().damage).to.be.empty;
  });

  it("carries everything over where its header is garbage", function () {
    const readings = damage((bytes) => bytes.fill(0x5a, 0, 100));
    const { store, report, left } = expectRepaired(readings);
    expect(report.lost).to.deep.equal({});
    expect(left).to.deep.equal(readings);
    expect(store.transactions.openTransactions(SENDER).map(({ nonce }) => nonce)).to.deep.equal([
      PERIODS - 1,
    ]);
    expect(store.transactions.get(1).attempts[1]!.raw).to.have.length(40_002);
    expect(store.offsets.of(3, 4)?.importOffsetWh).to.equal(5n);
    expect(store.readings.latestOf(3, 4)?.period).to.equal(PERIODS);
    expect(store.readings.storeRead([readingOf(1, PERIODS + 1)])[0]!.id).to.equal(
      METERS * PERIODS + 1,
    );
    store.close();
    expect(stores.open().damage).to.have.length(1);
  });

  it("loses only the row in which a byte of what is under way is flipped", function () {
    const readings = damage((bytes) => {
      const at = bytes.lastIndexOf("1000 Wh");
      bytes[at]! ^= 1;
    });
    const { report } = expectRepaired(readings);
    expect(report.findings[0]).to.match(/^Row \d+ of readings has a wrong checksum\.$/);
    expect(report.lost).to.deep.equal({ readings: 1 });
    const [lost] = report.lostRows;
    expect(report.lostRows).to.have.length(1);
    const { period, participant, meterId } = readings.find(({ id }) => id === lost!.id)!;
    expect(lost).to.deep.equal({ table: "readings", id: lost!.id, period, participant, meterId });
  });

  it("finds a flipped byte of an old row with all rows, and repairs it at the next start", async function () {
    const readings = damage((bytes) => {
      const at = oldRowIn(bytes);
      bytes[at]! ^= 0x80;
    });
    const store = stores.open();
    expect(store.damage).to.be.empty;
    const { findings } = await store.verifyAll();
    expect(findings).to.have.length(1);
    store.close();
    expectRepaired(readings);
  });

  it("is not found damaged where a copy is restored as the guide says", async function () {
    const backup = `${stores.path}.copy`;
    const readings = damage((bytes) => {
      writeFileSync(backup, bytes);
      const at = oldRowIn(bytes);
      bytes[at]! ^= 0x80;
    });
    const store = stores.open();
    expect((await store.verifyAll()).findings).to.have.length(1);
    store.close();
    const guide = readFileSync(GUIDE, "utf8");
    const [removal] = /^rm -f \/var\/lib\/sealwatt\/.*$/m.exec(guide)!;
    copyFileSync(backup, stores.path);
    execFileSync("sh", ["-c", removal.replaceAll("/var/lib/sealwatt/oracle.db", stores.path)]);
    const restored = stores.open();
    expect(restored.damage).to.be.empty;
    expect(readingsOf(restored)).to.deep.equal(readings);
  });

  it("tells of a damaged row that is read", function () {
    damage((bytes) => {
      const at = oldRowIn(bytes);
      bytes[at]! ^= 0x80;
    });
    expect(() => readingsOf(stores.open())).to.throw(StoreDamagedError);
  });

  it("names the readings of a page that is lost, by their index", async function () {
    const readings = damage((bytes) => {
      const page = pagesWith(bytes, "1000 Wh")[3]!;
      bytes.fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    });
    const store = stores.open();
    expect((await store.verifyAll()).findings).to.have.length.above(0);
    store.close();
    const { report, left } = expectRepaired(readings);
    const kept = new Set(left.map(({ id }) => id));
    expect(report.lost.readings).to.be.within(1, 40);
    expect(report.lostRows.map(({ id }) => id).sort((a, b) => a - b)).to.deep.equal(
      readings.map(({ id }) => id).filter((id) => !kept.has(id)),
    );
    expect(report.lostRows[0]!.participant).to.be.a("number");
  });

  it("loses nothing where a page of an index is damaged, whichever", async function () {
    const store = stores.open();
    const readings = fill(store);
    store.close();
    const bytes = readFileSync(stores.path);
    const pages = pagesWith(bytes, "", 0x0a).filter((page) => bytes[page * PAGE_BYTES + 4] !== 0);
    expect(pages).to.have.length.above(8);
    for (const page of pages) {
      const damaged = Buffer.from(bytes);
      // The last entry is another one now.
      const last = damaged.readUInt16BE(page * PAGE_BYTES + 5);
      damaged.fill(0x01, page * PAGE_BYTES + last + 4, page * PAGE_BYTES + last + 7);
      writeFileSync(stores.path, damaged);
      let opened = stores.open();
      if (opened.damage.length === 0) {
        expect((await opened.verifyAll()).findings, `page ${page}`).not.to.be.empty;
        opened.close();
        opened = stores.open();
      }
      expect(opened.damage.map(({ lost }) => lost)).to.deep.equal([{}]);
      expect(readingsOf(opened)).to.deep.equal(readings);
      opened.close();
    }
  });

  for (const [title, bytesLeft] of [
    ["within a page", (size: number) => size - 1000],
    ["at a page's end", (size: number) => size - 10 * PAGE_BYTES],
    ["in its middle", (size: number) => Math.floor(size / 2 / PAGE_BYTES) * PAGE_BYTES],
    ["behind its first page", () => PAGE_BYTES],
    ["at its beginning", () => 0],
  ] as const) {
    it(`goes on with what is left where the file is cut off ${title}`, function () {
      const store = stores.open();
      const readings = fill(store);
      store.close();
      truncateSync(stores.path, bytesLeft(readFileSync(stores.path).length));
      const opened = stores.open();
      expect(opened.damage).to.have.length(1);
      const byId = new Map(readings.map((reading) => [reading.id, reading]));
      for (const { id, importWh } of readingsOf(opened)) {
        expect(importWh).to.equal(byId.get(id)!.importWh);
      }
      opened.readings.storeRead([readingOf(1, PERIODS + 1)]);
    });
  }

  it("sends readings again whose transaction is lost", function () {
    damage((bytes) => {
      for (const page of pagesWith(bytes, SENDER)) {
        bytes.fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
      }
    });
    const store = stores.open();
    expect(store.transactions.openTransactions(SENDER)).to.be.empty;
    expect(store.readings.counts()).to.include({ sent: 0, signed: 2 * METERS });
  });

  it("does not replace a file that is none of its own", function () {
    writeFileSync(stores.path, "a letter that somebody wrote\n".repeat(1000));
    expect(() => stores.open()).to.throw(StoreError, "is not a store, or nothing of it is intact.");
    expect(readFileSync(stores.path, "utf8")).to.match(/^a letter/);
  });

  it("survives random damage with every row that it does not report lost", async function () {
    const store = stores.open();
    const readings = fill(store);
    store.close();
    const copy = `${stores.path}.copy`;
    copyFileSync(stores.path, copy);
    for (let seed = 1; seed <= 12; ++seed) {
      const random = new RandomSource(seed);
      const bytes = readFileSync(copy);
      for (let flips = random.integer(1, 12); flips > 0; --flips) {
        bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      }
      writeFileSync(stores.path, bytes);
      for (let step = 0; step < 2; ++step) {
        const opened = stores.open();
        const known = new Map(readings.map((reading) => [reading.id, reading]));
        const { findings } = await opened.verifyAll();
        if (step === 1) expect(findings, `seed ${seed}`).to.be.empty;
        if (findings.length === 0) {
          const lost = opened.damage.reduce((sum, report) => sum + (report.lost.readings ?? 0), 0);
          const left = readingsOf(opened);
          expect(left.length, `seed ${seed}`).to.equal(readings.length - lost);
          for (const { id, importWh } of left) expect(importWh).to.equal(known.get(id)!.importWh);
        }
        opened.close();
      }
    }
    expect(readdirSync(stores.folder).some((name) => name.includes("damaged"))).to.equal(true);
    expect(stores.open().owner).to.deep.equal(OWNER);
  });
});
