import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
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

  it("vouches for nothing more after a write that failed", () => {
    const ledger = open();
    expect(attested(ledger, 1n, 40)).to.equal(40);
    // A number that SQLite cannot store stands for a disk that does not take it.
    expect(() => attested(ledger, 2n, 0.5)).to.throw(LedgerError, /cannot be written/);
    expect(() => attested(ledger, 3n, 1)).to.throw(LedgerError, /cannot be written/);
    ledger.close();
    const again = open();
    expect(attested(again, 3n, 100)).to.equal(60);
    again.close();
  });
});
