import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { DatabaseSync } from "../../../../../sdk/sqlite.ts";
import { LedgerError } from "../../../../../sdk/private/gateway/gatewayError.ts";
import { VouchLedger } from "../../../../../sdk/private/gateway/vouchLedger.ts";
import { POOL } from "../scene.ts";

const OWNER = { pool: POOL, tag: 7n };
const MODULE = path.join(import.meta.dirname, "../../../../../sdk/private/gateway/vouchLedger.ts");

describe("VouchLedger", function () {
  // It syncs its disk at every step.
  this.timeout(30_000);
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
    file = path.join(directory, "vouch.db");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const open = () => VouchLedger.open(file, OWNER);
  const attested = (ledger: VouchLedger, record: bigint, matchedWh: number, meteredWh = 100) =>
    ledger.keepAttested({ record, participant: 1, period: 1 }, matchedWh, meteredWh).energyWh;

  it("is for its owner alone to read", () => {
    open().close();
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it("is of one process at a time", () => {
    const ledger = open();
    expect(() => open()).to.throw(LedgerError, /cannot be opened\.\nEnd the other process/);
    ledger.close();
    open().close();
  });

  it("refuses the ledger of another pool, chain or gateway", () => {
    open().close();
    for (const other of [
      { ...OWNER, tag: 8n },
      { ...OWNER, pool: { ...POOL, chainId: 1n } },
      { ...OWNER, pool: { ...POOL, pool: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" } },
    ]) {
      expect(() => VouchLedger.open(file, other)).to.throw(LedgerError, /is of gateway 7 in pool/);
    }
  });

  it("refuses what is no ledger, and leaves it as it is", () => {
    writeFileSync(file, "not a ledger at all, but long enough to be one".repeat(20));
    const before = readFileSync(file);
    expect(() => open()).to.throw(LedgerError);
    expect(readFileSync(file)).to.deep.equal(before);
  });

  it("refuses a ledger that is damaged", () => {
    let ledger = open();
    for (let i = 0; i < 400; i++) attested(ledger, BigInt(i), 0);
    ledger.close();
    const content = readFileSync(file);
    content.fill(0xff, 8_192, 16_384);
    writeFileSync(file, content);
    expect(() => (ledger = open())).to.throw(LedgerError, /damaged|cannot be opened/);
  });

  it("has on the disk what it has kept when the process is killed", async () => {
    const script = `
      import { VouchLedger } from ${JSON.stringify(MODULE)};
      const owner = ${JSON.stringify({ pool: POOL.pool })};
      const ledger = VouchLedger.open(${JSON.stringify(file)}, { pool: { chainId: ${POOL.chainId}n, pool: owner.pool }, tag: 7n });
      for (let record = 1n; ; record++) {
        const { energyWh } = ledger.keepAttested({ record, participant: 1, period: 1 }, 3, 100000);
        process.stdout.write(record + " " + energyWh + "\\n");
      }`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    while (said.split("\n").length < 30) await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "close");
    const told = said.split("\n").slice(0, -1).length;
    const ledger = open();
    // All that was said is there: each of these records has got its 3 Wh, and gets no others.
    for (let record = 1; record <= told; record++) {
      expect(attested(ledger, BigInt(record), 50, 0)).to.equal(3);
    }
    // At most one more was kept and not said.
    const left = attested(ledger, 10_000_000n, 100_000, 100_000);
    expect(100_000 - left).to.be.oneOf([3 * told, 3 * (told + 1)]);
    ledger.close();
  });

  describe("of an earlier version", () => {
    const NOTE = { owner: 5n, participant: 1, period: 1, energyWh: 60, deadlineS: 1_000 };

    function writeEarlier(): void {
      const connection = new DatabaseSync(file);
      connection.exec(`
        CREATE TABLE owner (chainId TEXT NOT NULL, pool TEXT NOT NULL, tag TEXT NOT NULL) STRICT;
        CREATE TABLE issued (
          commitment TEXT PRIMARY KEY, owner TEXT NOT NULL, participant INTEGER NOT NULL, period INTEGER NOT NULL,
          energyWh INTEGER NOT NULL, deadlineS INTEGER NOT NULL, isOnChain INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX issuedFor ON issued (participant, period);
        CREATE INDEX issuedTo ON issued (owner, period);
        CREATE TABLE attested (
          record TEXT PRIMARY KEY, participant INTEGER NOT NULL, period INTEGER NOT NULL, energyWh INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX attestedFor ON attested (participant, period);
        INSERT INTO owner VALUES ('${POOL.chainId}', '${POOL.pool.toLowerCase()}', '7');
        INSERT INTO issued VALUES ('11', '5', 1, 1, 60, 1000, 0);
        INSERT INTO attested VALUES ('21', 1, 1, 30);
        PRAGMA application_id = 1399152982`);
      connection.close();
    }

    it("is taken over, with what may be on its way", () => {
      writeEarlier();
      let ledger = open();
      // Whether it was sent is not known: it is not dropped before it can come no more.
      ledger.dropUnproven();
      expect(ledger.unsettledNotes()).to.deep.equal([{ commitment: 11n, deadlineS: 1_000 }]);
      expect(ledger.keepIssued({ commitment: 12n, ...NOTE }, 100)).to.be.false;
      expect(ledger.attestedDeliveries()).to.deep.equal([
        { record: 21n, participant: 1, period: 1, energyWh: 30 },
      ]);
      ledger.close();
      ledger = open();
      expect(ledger.keepIssued({ commitment: 12n, ...NOTE, request: "a" }, 120)).to.be.true;
      expect(ledger.issuedOn("a")).to.include({ commitment: 12n });
      ledger.close();
    });

    it("is refused where it is a later one's", () => {
      open().close();
      const connection = new DatabaseSync(file);
      connection.exec("PRAGMA user_version = 2");
      connection.close();
      expect(() => open()).to.throw(LedgerError, /of a later version/);
    });
  });

  it("keeps a note's proof, and drops what has none", () => {
    const note = { owner: 5n, participant: 1, period: 1, energyWh: 50, deadlineS: 1_000 };
    const points = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n] as const;
    const signals = [11n, 2n ** 250n];
    let ledger = open();
    ledger.keepIssued({ commitment: 11n, ...note, request: "a" }, 100);
    ledger.keepIssued({ commitment: 12n, ...note, request: "b" }, 100);
    expect(ledger.issuedOn("a")!.proof).to.be.undefined;
    ledger.keepProof(11n, { points, signals });
    ledger.close();
    ledger = open();
    ledger.dropUnproven();
    expect(ledger.issuedOn("a")).to.deep.equal({
      commitment: 11n,
      deadlineS: 1_000,
      proof: { points: [...points], signals },
    });
    expect(ledger.issuedOn("b")).to.be.undefined;
    expect(ledger.issuedCount(1, 1)).to.equal(1);
    ledger.close();
  });

  it("vouches for nothing more after a write that failed", () => {
    const ledger = open();
    expect(attested(ledger, 1n, 40)).to.equal(40);
    // A number that SQLite cannot store stands for a disk that does not take it.
    expect(() => attested(ledger, 2n, 0.5))
      .to.throw(LedgerError, /cannot be written or read/)
      // A new start may find room again.
      .with.property("mayPass", true);
    expect(() => attested(ledger, 3n, 1)).to.throw(LedgerError, /cannot be written or read/);
    ledger.close();
    const again = open();
    expect(attested(again, 3n, 100)).to.equal(60);
    again.close();
  });
});
