import { expect } from "chai";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { RandomSource } from "../../../helpers/randomSource.ts";
import { StoreWriteError } from "../../../../oracle/store/errors.ts";
import { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import { OWNER, readingOf, SENDER, useStores } from "./stores.ts";

/** Stores, signs and sends readings of one period after another, and says after each step what is durable. */
const WRITER = `
  import { GatewayStore } from "./oracle/store/gatewayStore.ts";
  import { OWNER, readingOf, send, storeSigned } from "./test/unit/oracle/store/stores.ts";
  const say = (line) => console.log(JSON.stringify(line));
  const store = GatewayStore.open(process.argv[1], OWNER);
  const first = (store.readings.latest()[0]?.period ?? 0) + 1;
  try {
    for (let period = first; period < first + Number(process.argv[2]); ++period) {
      const readings = Array.from({ length: 30 }, (_, index) => readingOf(index, period));
      const ids = storeSigned(store, readings);
      say({ signed: ids });
      say({ sent: ids, transaction: send(store, ids, period) });
    }
  } catch (error) {
    say({ error: error.name, details: error.details });
    try {
      store.readings.storeRead([readingOf(1, 1_000_000)]);
    } catch (again) {
      say({ again: again === error });
    }
  }`;

interface Said {
  signed?: number[];
  sent?: number[];
  transaction?: number;
  error?: string;
  details?: string;
  again?: boolean;
}

const nodeArguments = (path: string, periods: number) => [
  "--input-type=module-typescript",
  "-e",
  WRITER,
  path,
  String(periods),
];

const parseLines = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as Said);

/** Checks that all that was said to be durable is there. */
function expectKept(store: GatewayStore, said: readonly Said[]): void {
  expect(store.damage).to.be.empty;
  for (const { signed = [], sent = [], transaction } of said) {
    const readings = store.readings.readingsIn([...signed, ...sent]);
    expect(readings).to.have.length(signed.length + sent.length);
    for (const { state, r } of readings) {
      expect(r).to.be.a("string");
      expect(state).to.be.oneOf(transaction === undefined ? ["signed", "sent"] : ["sent"]);
    }
    if (transaction !== undefined) {
      expect(store.transactions.get(transaction).readingIds).to.deep.equal(sent);
    }
  }
  for (const { readingIds } of store.transactions.openTransactions(SENDER)) {
    for (const { state } of store.readings.readingsIn(readingIds)) expect(state).to.equal("sent");
  }
}

describe("GatewayStore, when a write fails or its process is killed", function () {
  const stores = useStores();

  it("keeps all that was durable when kill -9 struck at any moment", async function () {
    const random = new RandomSource(7);
    const said: Said[] = [];
    for (let run = 0; run < 4; ++run) {
      const child = spawn(process.execPath, nodeArguments(stores.path, 100_000), {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const lines = createInterface(child.stdout);
      const killAfter = random.integer(1, 40);
      const delayMs = random.integer(0, 8);
      let count = 0;
      lines.on("line", (line) => {
        if (line.endsWith("}")) said.push(JSON.parse(line) as Said);
        if (++count === killAfter) setTimeout(() => child.kill("SIGKILL"), delayMs);
      });
      await Promise.all([once(child, "exit"), once(lines, "close")]);
      // Looking at it does not need the daemon to have been started again.
      stores.openReadOnly().close();
      const store = stores.open();
      expectKept(store, said);
      expect((await store.verifyAll()).findings).to.be.empty;
      store.close();
    }
    expect(said.length).to.be.above(4);
  });

  it("takes no more writes once the file may not grow, and keeps what was durable", function () {
    stores.open().close();
    const { stdout, stderr } = spawnSync(
      "bash",
      ["-c", `trap "" XFSZ; ulimit -f 300; exec "$@"`, "-", process.execPath].concat(
        nodeArguments(stores.path, 100_000),
      ),
      { encoding: "utf8" },
    );
    const said = parseLines(stdout);
    expect(said.slice(-2), stderr).to.deep.equal([
      { error: "StoreWriteError", details: said.at(-2)!.details },
      { again: true },
    ]);
    expect(said.length).to.be.above(3);
    expectKept(stores.open(), said.slice(0, -2));
  });

  /** Runs the writer, and something happens to it at a sync; skips aloud where that cannot be done. */
  function runWithSync(context: Mocha.Context, fault: string, sync: number) {
    const path = join(stores.folder, `${sync}.db`);
    const { stdout, stderr, status, signal } = spawnSync(
      "strace",
      ["-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]
        .concat("-e", `inject=fsync,fdatasync:${fault}:when=${sync}`, process.execPath)
        .concat(nodeArguments(path, 10)),
      { encoding: "utf8" },
    );
    if (status !== 0 && signal !== "SIGKILL") {
      console.log(`      skipped: strace cannot tamper with a sync here. ${stderr}`);
      context.skip();
    }
    return { path, said: parseLines(stdout), signal };
  }

  /** A commit has five: of the journal twice, its folder, the file and the journal's end. */
  const SYNCS = [40, 41, 42, 43, 44];

  it("takes no more writes after one sync that failed, though the next would succeed", function () {
    let failed = 0;
    for (const sync of SYNCS) {
      const { path, said } = runWithSync(this, "error=EIO", sync);
      if (said.at(-1)!.again !== undefined) {
        ++failed;
        expect(said.splice(-2)).to.deep.equal([
          { error: "StoreWriteError", details: "disk I/O error" },
          { again: true },
        ]);
      }
      const store = GatewayStore.open(path, OWNER);
      expectKept(store, said);
      store.close();
    }
    // SQLite ignores the folder's: the journal stands in it already.
    expect(failed).to.equal(4);
  });

  it("keeps all that was durable when kill -9 struck within a commit, also for who only looks", function () {
    for (const sync of SYNCS) {
      const { path, said, signal } = runWithSync(this, "signal=KILL", sync);
      expect(signal).to.equal("SIGKILL");
      const reader = GatewayStore.openReadOnly(path);
      expectKept(reader, said);
      reader.close();
      const store = GatewayStore.open(path, OWNER);
      expectKept(store, said);
      store.close();
    }
  });

  describe("on a disk of its own", function () {
    let disk: string;

    beforeEach(function () {
      disk = join(stores.folder, "disk");
      mkdirSync(disk);
      const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", disk], {
        encoding: "utf8",
      });
      if (mount.status === 0) return;
      console.log(`      skipped: no file system may be mounted here. ${mount.stderr}`);
      this.skip();
    });

    afterEach(function () {
      if (this.currentTest?.isPending() !== true) spawnSync("umount", [disk]);
    });

    it("takes no more writes once it is full, and goes on when there is space again", function () {
      const path = join(disk, "gateway.db");
      const ballast = join(disk, "ballast");
      writeFileSync(ballast, Buffer.alloc(150_000));
      const store = GatewayStore.open(path, OWNER);
      const stored: number[] = [];
      const fill = () => {
        for (let period = 1; period < 10_000; ++period) {
          const readings = Array.from({ length: 20 }, (_, index) => readingOf(index, period));
          stored.push(...store.readings.storeRead(readings).map(({ id }) => id));
        }
      };
      expect(fill).to.throw(StoreWriteError, "Free space on its disk");
      expect(store.fault).to.be.instanceOf(StoreWriteError);
      expect(store.readings.counts().read).to.equal(stored.length);
      rmSync(ballast);
      expect(() => store.readings.storeRead([readingOf(1, 20_000)])).to.throw(StoreWriteError);
      store.close();

      const reopened = GatewayStore.open(path, OWNER);
      expect(reopened.damage).to.be.empty;
      expect(reopened.readings.readingsIn(stored)).to.have.length(stored.length);
      reopened.readings.storeRead([readingOf(1, 20_000)]);
      reopened.close();
    });

    it("leaves a damaged file in its place where there is no space to repair it", function () {
      const path = join(disk, "gateway.db");
      const store = GatewayStore.open(path, OWNER);
      for (let period = 1; period < 25; ++period) {
        store.readings.storeRead(Array.from({ length: 20 }, (_, at) => readingOf(at, period)));
      }
      store.close();
      const bytes = readFileSync(path);
      bytes.fill(0x5a, 0, 100);
      writeFileSync(path, bytes);
      const ballast = join(disk, "ballast");
      writeFileSync(ballast, Buffer.alloc(600_000 - 2 * bytes.length + 40_000));
      expect(() => GatewayStore.open(path, OWNER)).to.throw(StoreWriteError);
      expect(readFileSync(path).equals(bytes)).to.equal(true);
      expect(existsSync(`${path}.salvage`)).to.equal(false);
      rmSync(ballast);
      const repaired = GatewayStore.open(path, OWNER);
      expect(repaired.readings.counts().read).to.equal(480);
      expect(existsSync(repaired.damage[0]!.evidencePath)).to.equal(true);
      repaired.close();
    });
  });
});
