import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ChainFollower, type BindingMemory } from "../../../../oracle/daemon/chainFollower.ts";
import {
  GatewayDaemon,
  type GatewayDaemonOptions,
} from "../../../../oracle/daemon/gatewayDaemon.ts";
import { ClockWatch } from "../../../../oracle/judgement/clockWatch.ts";
import type { OpenedLine } from "../../../../oracle/meters/openLine.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { textLine } from "../../../../oracle/operations/logLine.ts";
import { Endpoints } from "../../../../oracle/sending/endpoints.ts";
import { StoreWriteError } from "../../../../oracle/store/errors.ts";
import { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import { FakeMarket, GENESIS_S, PERIOD_S, SIGNER } from "../../../helpers/fakeMarket.ts";
import { ManualTime } from "../../../helpers/manualTime.ts";
import { ScriptedMeter } from "../../../helpers/meterScene.ts";
import { rejection } from "../../../helpers/rejection.ts";

const [ANN, BOB] = [2, 3];
const START_S = GENESIS_S + 10 * PERIOD_S + 1;

describe("GatewayDaemon", () => {
  let folder: string;
  let market: FakeMarket;
  let time: ManualTime;
  let store: GatewayStore;
  let log: string[];
  let meters: ScriptedMeter[];
  let closed: number;
  let stop: AbortController;
  let running: Promise<void>;

  const lineOf = (participant: number, meter: ScriptedMeter): OpenedLine => {
    const config = {
      ...{ participant, profile: "scripted", allowExperimental: false, line: 1 },
      ...{ unit: 1, address: undefined, serialNumber: false as const, switchable: true },
    };
    return {
      config: {
        ...{ name: "line", protocol: "modbus-tcp", replyTimeoutMs: 1, meters: [config] },
        port: { kind: "tcp", host: "localhost", port: 1 },
      },
      line: {
        close: async () => {
          ++closed;
        },
      },
      meters: [{ config, meter, counterWrapWh: () => undefined, resolutionWh: () => 1 }],
    };
  };

  const start = (over: Partial<GatewayDaemonOptions> = {}, memory?: BindingMemory) => {
    const daemon = new GatewayDaemon({
      ...{ store, storePath: "oracle.db", signer: SIGNER, time, version: "1.2.3" },
      endpoints: new Endpoints({
        nodes: [{ name: "node", request: () => Promise.reject(new Error("down, key=secret")) }],
        chainId: 1,
        clock: time,
      }),
      follower: new ChainFollower(market.reads, [ANN, BOB], memory),
      lines: meters.map((meter, index) => lineOf(index + 2, meter)),
      operators: [],
      ...{ intervalS: 86_400, attempts: 1, confirmations: 2, maxFeePerGas: 1n, pollS: 5 },
      log: new Log({ write: (line) => log.push(line), format: textLine }),
      ...over,
    });
    running = daemon.run(stop.signal);
    running.catch(() => undefined);
    return daemon;
  };
  const pass = async (seconds: number) => {
    await time.passTo(time.nowS() + seconds);
    await time.settle();
  };
  const readPeriods = () => store.readings.latest().map(({ period }) => period);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sealwatt-daemon-"));
    market = new FakeMarket();
    market.head.timestamp = START_S;
    for (const participant of [ANN, BOB]) {
      const registers = { importWh: 4_900n, exportWh: 2_000n, period: 8, hasReading: true };
      market.bind(participant, { meterId: participant, ...registers });
    }
    time = new ManualTime(START_S);
    const { addresses, constants } = market.reads;
    store = GatewayStore.open(join(folder, "oracle.db"), {
      ...{ chainId: constants.chainId, market: addresses.market },
      nowMs: () => time.nowS() * 1000,
    });
    [log, closed] = [[], 0];
    meters = [new ScriptedMeter(), new ScriptedMeter()];
    for (const meter of meters) meter.answers = [{}];
    stop = new AbortController();
  });

  afterEach(async () => {
    stop.abort(new Error("stop"));
    await running.catch(() => undefined);
    store.close();
    rmSync(folder, { recursive: true });
  });

  it("reads the period that ended before it knew its bindings [M11]", async () => {
    start();
    await time.settle();
    await time.settle();
    expect(readPeriods()).to.deep.equal([9, 9]);
    expect(store.readings.counts()).to.include({ read: 0, signed: 2 });
  });

  it("reads meters that are bound after the end of the period, within one look", async () => {
    market.bind(BOB, { meterId: 9, gateway: "0x".padEnd(42, "3") });
    start();
    await pass(1);
    expect(readPeriods()).to.deep.equal([9]);
    const registers = { importWh: 4_900n, exportWh: 2_000n, period: 8, hasReading: true };
    market.rebind(BOB, { meterId: 10, ...registers });
    await pass(6);
    expect(readPeriods()).to.deep.equal([9, 9]);
  });

  it("follows a new reading interval within one look", async () => {
    const daemon = start();
    await pass(20);
    const before = meters[0]!.reads;
    market.setInterval(60);
    await pass(6);
    expect(daemon.intervalS).to.equal(60);
    await pass(60);
    expect(meters[0]!.reads).to.be.within(before + 1, before + 2);
  });

  it("goes on reading while the chain is silent [M11]", async () => {
    let recalled: readonly unknown[] = [];
    const memory = {
      recall: () => recalled as ReturnType<BindingMemory["recall"]>,
      remember: (bindings: readonly unknown[]) => (recalled = bindings),
    };
    await new ChainFollower(market.reads, [ANN, BOB], memory).look();
    market.delay = () =>
      new Promise((_, reject) => {
        stop.signal.addEventListener("abort", () => {
          reject(stop.signal.reason as Error);
        });
      });
    start({}, memory);
    await pass(1);
    expect(readPeriods()).to.deep.equal([9, 9]);
    await pass(PERIOD_S);
    expect(readPeriods()).to.deep.equal([10, 10]);
  });

  describe("with a clock that may be wrong", () => {
    /** A machine whose clock is off. */
    const watchOf = (offS: number) =>
      new ClockWatch({
        clocks: {
          wallMs: () => (time.nowS() + offS) * 1000,
          monotonicMs: () => time.nowS() * 1000,
        },
      });

    it("waits for the chain to tell the time before it reads anything [M8]", async () => {
      let answer = () => {};
      market.delay = (question) =>
        question === "getBlock" ? new Promise((resolve) => (answer = resolve)) : undefined;
      start({ watch: watchOf(0) });
      await time.settle();
      expect(meters[0]!.reads).to.equal(0);
      answer();
      await time.settle();
      await time.settle();
      expect(readPeriods()).to.deep.equal([9, 9]);
    });

    it("reads by its own clock where no node answers", async () => {
      market.failing.set("getBlock", 1_000);
      const memory = { recall: () => [], remember: () => undefined };
      start({ watch: watchOf(0) }, memory);
      await pass(6);
      expect(meters[0]!.reads).to.equal(1);
    });

    it("reads nothing by a clock that is ahead of the chain, whose pace it waits for [M8]", async () => {
      start({ watch: watchOf(3_600) });
      for (let second = 0; second < 120; second += 5) {
        await pass(5);
        market.mine(1, 5);
      }
      expect(meters[0]!.reads).to.equal(0);
    });

    it("reads by its own clock where the chain stands still", async () => {
      market.head.timestamp -= 3_600;
      start({ watch: watchOf(0) });
      await pass(80);
      expect(meters[0]!.reads).to.equal(0);
      await pass(15);
      expect(readPeriods()).to.deep.equal([9, 9]);
    });

    it("reads nothing by a clock that the chain contradicts, and says why it is not ready", async () => {
      const daemon = start({ watch: watchOf(-3_600) });
      await pass(60);
      expect(meters[0]!.reads).to.equal(0);
      expect(daemon.readiness().reasons.join()).to.match(/machine's clock is 3600 s behind/);
      expect(daemon.status().clock.trusted).to.equal(false);
    });

    it("compares a block's time when it is seen, not when all bindings are read", async () => {
      const seen: string[] = [];
      const watch = watchOf(0);
      const observe = watch.observe.bind(watch);
      watch.observe = (block) => {
        seen.push("observe");
        observe(block);
      };
      market.delay = (question) => {
        seen.push(question);
        return undefined;
      };
      start({ watch });
      await time.settle();
      expect(seen.slice(0, 3)).to.deep.equal(["getBlock", "observe", "getLogs"]);
    });
  });

  it("ends where a task's store takes no more writes, and closes its lines", async () => {
    const fault = new StoreWriteError("the disk is full");
    const memory = {
      recall: () => [],
      remember: () => {
        throw fault;
      },
    };
    start({}, memory);
    expect(await rejection(running)).to.equal(fault);
    expect(closed).to.equal(2);
  });

  it("ends at once where it is told to, with lines whose meters are silent", async () => {
    for (const meter of meters) {
      meter.read = (signal) =>
        new Promise((_, reject) => {
          signal!.addEventListener("abort", () => {
            reject(signal!.reason as Error);
          });
        });
    }
    start();
    await time.settle();
    const startedMs = performance.now();
    stop.abort(new Error("stop"));
    await running;
    expect(performance.now() - startedMs).to.be.below(10_000);
    expect(closed).to.equal(2);
  });

  it("tells its state, without what nodes say of secrets", async () => {
    const daemon = start({ redact: (text) => text.replaceAll("secret", "***") });
    expect(daemon.readiness()).to.deep.equal({
      ready: false,
      reasons: ["The chain has not been reached yet."],
    });
    await pass(1);
    const status = daemon.status();
    expect(status).to.deep.include({
      ...{ gateway: SIGNER.address, version: "1.2.3", startedAtS: START_S },
      periods: {
        current: { period: 10, endS: GENESIS_S + 11 * PERIOD_S },
        next: { period: 11, endS: GENESIS_S + 12 * PERIOD_S },
      },
    });
    // Each has a sample before its binding is known, and a reading after.
    expect(status.reads.taken).to.equal(4);
    expect(status.meters.map(({ lastReadingPeriod }) => lastReadingPeriod)).to.deep.equal([9, 9]);
    const shown = JSON.stringify([status, daemon.readiness()], (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    expect(shown).to.contain("***").and.not.contain("secret");
  });

  it("deletes old readings only where the operator has set an age", async () => {
    let pruned = 0;
    const prune = store.prune.bind(store);
    store.prune = (ageMs) => {
      ++pruned;
      return prune(ageMs);
    };
    start();
    await pass(10);
    expect(pruned).to.equal(0);
    stop.abort(new Error("stop"));
    await running;
    stop = new AbortController();
    start({ keepDays: 30 });
    await pass(7_100);
    expect(pruned).to.equal(2);
  });

  it("says which commands a process that died has left without an outcome", async () => {
    const id = store.commands.record({
      ...{ kind: "switch", signer: SIGNER.address, nonce: `0x${"11".repeat(32)}` },
      ...{ hash: `0x${"22".repeat(32)}`, payload: "{}", signature: "0x", receivedAtMs: 1 },
    });
    start();
    await time.settle();
    expect(log.filter((line) => line.includes("a command was interrupted"))).to.have.length(1);
    expect(store.commands.unfinished()).to.deep.equal([]);
    expect(store.commands.get(id).result).to.include("ended meanwhile");
  });
});
