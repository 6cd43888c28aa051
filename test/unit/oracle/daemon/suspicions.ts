import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Suspicions } from "../../../../oracle/daemon/suspicions.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { textLine } from "../../../../oracle/operations/logLine.ts";
import { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";

const [PARTICIPANT, METER] = [2, 7];

describe("Suspicions", () => {
  let folder: string;
  let store: GatewayStore;
  let suspicions: Suspicions;
  let nowMs: number;
  let log: string[];
  /** Between a change and its being written. */
  let before: (() => void) | undefined;

  const make = () =>
    new Suspicions({
      participant: PARTICIPANT,
      store,
      change: async (work) => {
        before?.();
        store.transaction(work);
      },
      nowS: () => nowMs / 1000,
      log: new Log({ write: (line) => log.push(line), format: textLine, repeatEveryS: 0 }),
    });

  const report = (code = "backwards", meterId = METER) =>
    suspicions.report({
      ...{ meterId, period: 3, code, explanation: "it fell", suggestion: "rebind" },
      published: undefined,
      evidence: {
        ...{ atMs: nowMs, importWh: 5n, exportWh: 0n, activePowerW: undefined },
        ...{ serialNumber: undefined, raw: [], frames: [] },
      },
    });

  const warnings = () => log.filter((line) => line.includes("in quarantine")).length;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sealwatt-suspicions-"));
    store = GatewayStore.open(join(folder, "oracle.db"), {
      chainId: 1n,
      market: "0x1111111111111111111111111111111111111111",
    });
    [nowMs, log, before] = [1_000_000, [], undefined];
    suspicions = make();
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  it("tells the store of the first and of one a minute, and the log of the first", async () => {
    await report();
    nowMs += 59_999;
    await report();
    expect(store.quarantine.open()[0]!.samples).to.equal(1);
    nowMs += 1;
    await report();
    expect(store.quarantine.open()[0]).to.deep.include({ samples: 2, lastSeenAtMs: nowMs });
    expect(warnings()).to.equal(1);
    expect(suspicions.of(METER)[0]!.latest.atMs).to.equal(nowMs);
  });

  it("is not silent for longer where the clock was set back", async () => {
    await report();
    nowMs -= 3_600_000;
    await report();
    expect(store.quarantine.open()[0]!.samples).to.equal(2);
  });

  it("knows after a start what was open, and asks the operator once [M11]", async () => {
    await report();
    suspicions = make();
    expect(suspicions.of(METER)).to.have.lengthOf(1);
    nowMs += 60_000;
    await report();
    expect(store.quarantine.open()).to.have.lengthOf(1);
    expect(warnings()).to.equal(1);
  });

  it("ends all of a binding and nothing of another", async () => {
    await report("zero");
    await report("backwards");
    await suspicions.resolve(METER, "it is back");
    expect(store.quarantine.open()).to.deep.equal([]);
    expect(suspicions.of(METER)).to.deep.equal([]);
    await report("zero", METER + 1);
    await suspicions.resolve(METER, "it is back");
    expect(store.quarantine.open()).to.have.lengthOf(1);
  });

  it("ends those of earlier bindings, whoever opened them", async () => {
    await report("zero", METER - 1);
    await report("zero", METER);
    await report("zero", METER + 1);
    suspicions = make();
    await suspicions.resolveBefore(METER, "bound anew");
    expect(store.quarantine.open().map(({ meterId }) => meterId)).to.deep.equal([METER, METER + 1]);
  });

  it("opens no entry that an operator has released before it was written", async () => {
    before = () => {
      suspicions.release(METER);
    };
    await report();
    expect(store.quarantine.open()).to.deep.equal([]);
  });

  it("opens another entry for what goes on after one that was rejected", async () => {
    await report();
    const [{ id } = { id: 0 }] = store.quarantine.open();
    store.quarantine.decide(id, { state: "rejected", atMs: nowMs });
    suspicions.reject(METER, "backwards");
    expect(suspicions.of(METER), "still doubted").to.have.lengthOf(1);
    await report();
    expect(store.quarantine.open()).to.have.lengthOf(1);
    expect(store.quarantine.open()[0]!.id).to.be.above(id);
    expect(warnings()).to.equal(2);
  });

  it("leaves a binding alone where an operator decides on an older one", async () => {
    await report();
    suspicions.release(METER - 1);
    suspicions.reject(METER - 1, "backwards");
    expect(suspicions.of(METER)).to.have.lengthOf(1);
    nowMs += 10;
    await report();
    expect(store.quarantine.open()[0]!.samples).to.equal(1);
  });
});
