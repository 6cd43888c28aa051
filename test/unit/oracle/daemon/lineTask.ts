import { expect } from "chai";
import { LineTask } from "../../../../oracle/daemon/lineTask.ts";
import type { MeterChannel, TakeOutcome } from "../../../../oracle/daemon/meterChannel.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { textLine } from "../../../../oracle/operations/logLine.ts";
import type { NewReading } from "../../../../oracle/store/readings.ts";
import { FakeMarket, GENESIS_S, PERIOD_S } from "../../../helpers/fakeMarket.ts";
import { ManualTime } from "../../../helpers/manualTime.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { expectNear } from "../../../helpers/expectNear.ts";

type Kind = TakeOutcome["kind"];

/** Answers as told; what it took when, in seconds since genesis. */
class FakeChannel {
  readonly takes: [number | "sample", number][] = [];
  isBound = true;
  lastPeriod = -1;
  sampledAtS = -Infinity;
  answer: Kind = "accepted";
  slowS = 0;

  readonly participant: number;
  readonly #time: ManualTime;

  constructor(participant: number, time: ManualTime) {
    this.participant = participant;
    this.#time = time;
  }

  isDue(period: number): boolean {
    return this.isBound && period > this.lastPeriod;
  }

  async take(
    period: number | undefined,
    signal: AbortSignal,
    untilS = Infinity,
  ): Promise<TakeOutcome> {
    this.takes.push([period ?? "sample", this.#time.nowS() - GENESIS_S]);
    this.#time.set(this.#time.nowS() + this.slowS);
    await Promise.resolve();
    if (signal.aborted || this.answer === "failed") return { kind: "failed" };
    this.sampledAtS = this.#time.nowS();
    if (this.answer === "suspect") return { kind: "suspect" };
    if (period === undefined || this.sampledAtS > untilS)
      return { kind: "accepted", reading: undefined };
    this.lastPeriod = period;
    const { participant } = this;
    const reading = { participant, meterId: 1, period, importWh: 0n, exportWh: 0n };
    return { kind: "accepted", reading: { ...reading, raw: [], readAtMs: 0 } };
  }

  get readings(): [number | "sample", number][] {
    return this.takes.filter(([period]) => period !== "sample");
  }

  get samples(): number[] {
    return this.takes.filter(([period]) => period === "sample").map(([, atS]) => atS);
  }
}

describe("LineTask", () => {
  let time: ManualTime;
  let kept: NewReading[][];
  let keptAtS: number[];
  let channels: FakeChannel[];
  let intervalS: number;
  let isTrusted: boolean;
  let log: string[];
  let fault: Error | undefined;
  let stop: AbortController;
  let task: LineTask;
  let running: Promise<void>;

  const start = (atS: number, count = 1) => {
    time = new ManualTime(GENESIS_S + atS);
    [kept, keptAtS, intervalS, isTrusted, log, fault] = [[], [], 1_000_000, true, [], undefined];
    stop = new AbortController();
    channels = Array.from({ length: count }, (_, index) => new FakeChannel(index + 2, time));
    task = new LineTask({
      channels: channels as unknown as MeterChannel[],
      reads: new FakeMarket().reads,
      time,
      intervalS: () => intervalS,
      keep: async (readings) => {
        if (fault !== undefined) throw fault;
        kept.push([...readings]);
        keptAtS.push(time.nowS() - GENESIS_S);
      },
      isTimeTrusted: () => isTrusted,
      log: new Log({ write: (line) => log.push(line), format: textLine }),
    });
  };
  const run = () => (running = task.run(stop.signal));
  const pass = (atS: number) => time.passTo(GENESIS_S + atS);
  const periods = () => kept.flat().map(({ period }) => period);
  const withoutReading = () => log.filter((line) => line.includes("no reading")).length;

  afterEach(async () => {
    stop.abort(new Error("stop"));
    await running.catch(() => undefined);
  });

  it("reads a meter at the end of every period, and no sooner", async () => {
    start(10);
    void run();
    await pass(PERIOD_S - 1);
    expect(channels[0]!.readings).to.deep.equal([]);
    await pass(3 * PERIOD_S);
    expect(channels[0]!.readings).to.deep.equal([
      [0, PERIOD_S],
      [1, 2 * PERIOD_S],
      [2, 3 * PERIOD_S],
    ]);
    expect(periods()).to.deep.equal([0, 1, 2]);
  });

  it("reads nothing before the market's first period has ended", async () => {
    start(-5_000);
    void run();
    await pass(PERIOD_S - 1);
    expect(channels[0]!.readings).to.deep.equal([]);
    await pass(PERIOD_S);
    expect(periods()).to.deep.equal([0]);
  });

  it("takes the period that ended up to half a period ago when it starts", async () => {
    start(3.5 * PERIOD_S);
    void run();
    await pass(3.5 * PERIOD_S);
    expect(periods()).to.deep.equal([2]);
  });

  it("leaves a period that ended longer ago to the next, and says so once", async () => {
    start(3.5 * PERIOD_S + 1);
    intervalS = 10;
    void run();
    await pass(4 * PERIOD_S);
    expect(periods()).to.deep.equal([3]);
    expect(withoutReading()).to.equal(1);
  });

  it("reads the period that ended last after an outage of many", async () => {
    start(10);
    void run();
    await pass(PERIOD_S);
    time.set(GENESIS_S + 50 * PERIOD_S + 5);
    task.wake();
    await time.settle();
    expect(periods()).to.deep.equal([0, 49]);
  });

  it("goes on where a clock that was ahead is set right", async () => {
    start(50 * PERIOD_S + 5);
    channels[0]!.isBound = false;
    void run();
    await pass(50 * PERIOD_S + 10);
    time.set(GENESIS_S + 10 * PERIOD_S + 5);
    channels[0]!.isBound = true;
    task.wake();
    await time.settle();
    await pass(11 * PERIOD_S);
    expect(periods()).to.deep.equal([9, 10]);
  });

  it("reads a meter whose binding becomes known, or changes, after the period's end", async () => {
    start(10);
    channels[0]!.isBound = false;
    void run();
    await pass(PERIOD_S + 20);
    channels[0]!.isBound = true;
    task.wake();
    await time.settle();
    expect(channels[0]!.readings).to.deep.equal([[0, PERIOD_S + 20]]);
    channels[0]!.lastPeriod = -1;
    task.wake();
    await time.settle();
    expect(channels[0]!.readings).to.have.lengthOf(2);
  });

  it("tries a meter that fails later and later, until half the next period", async () => {
    start(10);
    channels[0]!.answer = "failed";
    void run();
    await pass(2 * PERIOD_S - 1);
    const times = channels[0]!.readings.map(([, atS]) => atS - PERIOD_S);
    expect(times.slice(0, 8)).to.deep.equal([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5]);
    expect(times[8]! - times[7]!).to.equal(60);
    expect(times.at(-1)).to.be.within(380, 450);
    expect(withoutReading()).to.equal(1);
  });

  it("tries a suspicious meter later and later too", async () => {
    start(10);
    channels[0]!.answer = "suspect";
    void run();
    await pass(2 * PERIOD_S - 1);
    expect(channels[0]!.readings).to.have.lengthOf.within(8, 20);
  });

  it("does not take what a slow line brings after half a period for a reading", async () => {
    start(10, 3);
    for (const channel of channels) channel.slowS = 300;
    void run();
    await pass(PERIOD_S);
    expect(channels.map(({ readings }) => readings.length)).to.deep.equal([1, 1, 0]);
    expect(periods()).to.deep.equal([0]);
    expect(withoutReading()).to.equal(2);
  });

  it("keeps what is read within a second, however slow the meters after it are [M11]", async () => {
    start(10, 4);
    for (const channel of channels) channel.slowS = 0.4;
    channels[3]!.slowS = 60;
    void run();
    await pass(PERIOD_S);
    expect(kept.map((readings) => readings.length)).to.deep.equal([3, 1]);
    expectNear(keptAtS[0], PERIOD_S + 1.2, 1e-6);
  });

  it("samples all in between, after every interval", async () => {
    start(10, 2);
    intervalS = 60;
    void run();
    await pass(200);
    expect(channels[0]!.samples).to.deep.equal([10, 70, 130, 190]);
    expect(channels[1]!.samples).to.deep.equal([10, 70, 130, 190]);
  });

  it("breaks off sampling a slow line where a period ends, and goes on after", async () => {
    start(PERIOD_S - 100, 10);
    for (const channel of channels) channel.slowS = 30;
    void run();
    await pass(PERIOD_S - 100);
    const first = Math.min(...channels.flatMap(({ readings }) => readings.map(([, atS]) => atS)));
    expect(first).to.be.within(PERIOD_S, PERIOD_S + 30);
    expect(periods()).to.have.lengthOf(10);
    // The last was read a moment ago.
    expect(channels.slice(0, 9).map(({ samples }) => samples.length)).to.deep.equal(
      new Array(9).fill(1),
    );
  });

  it("does not sample a meter that was read a moment ago", async () => {
    start(PERIOD_S);
    intervalS = 60;
    void run();
    await pass(PERIOD_S + 1);
    expect(channels[0]!.takes).to.deep.equal([[0, PERIOD_S]]);
    await pass(PERIOD_S + 60);
    expect(channels[0]!.samples).to.deep.equal([PERIOD_S + 60]);
  });

  it("takes a new interval at once", async () => {
    start(10);
    intervalS = 86_400;
    void run();
    await pass(100);
    intervalS = 30;
    task.wake();
    await time.settle();
    expect(channels[0]!.samples).to.deep.equal([10, 100]);
    await pass(135);
    expect(channels[0]!.samples).to.deep.equal([10, 100, 130]);
  });

  it("reads nothing while the time is not known, and what is due when it is", async () => {
    start(PERIOD_S + 5);
    isTrusted = false;
    void run();
    await pass(PERIOD_S + 50);
    expect(channels[0]!.takes).to.deep.equal([]);
    isTrusted = true;
    await pass(PERIOD_S + 60);
    expect(periods()).to.deep.equal([0]);
  });

  it("ends at once where it is told to, and keeps what it has read", async () => {
    start(PERIOD_S, 3);
    channels[1]!.take = async () => {
      stop.abort(new Error("stop"));
      return { kind: "failed" };
    };
    await run();
    expect(periods()).to.deep.equal([0]);
    expect(channels[2]!.takes).to.deep.equal([]);
  });

  it("throws what the store throws", async () => {
    start(PERIOD_S);
    fault = new Error("the disk is full");
    expect(await rejection(run())).to.equal(fault);
  });

  it("waits for nothing but what it has to do", async () => {
    start(10, 0);
    void run();
    await pass(20);
    expect(time.nextS).to.equal(GENESIS_S + PERIOD_S);
  });
});
