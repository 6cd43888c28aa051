import { expect } from "chai";
import { watchedTime } from "../../../../oracle/daemon/watchedTime.ts";
import { ClockWatch } from "../../../../oracle/judgement/clockWatch.ts";
import { rejection } from "../../../helpers/rejection.ts";

describe("watchedTime", () => {
  let stepMs: number;
  const time = () =>
    watchedTime(
      new ClockWatch({
        clocks: { wallMs: () => Date.now() + stepMs, monotonicMs: () => performance.now() },
      }),
    );

  beforeEach(() => {
    stepMs = 0;
  });

  it("waits until its time, and not at all for what is past", async () => {
    const clock = time().join();
    const startedS = clock.nowS();
    await clock.until(startedS - 1);
    await clock.until(startedS + 0.02);
    expect(clock.nowS()).to.be.within(startedS + 0.019, startedS + 20);
  });

  it("is not led astray by a step of the machine's clock", async () => {
    const clock = time().join();
    const startedS = clock.nowS();
    const wait = clock.until(startedS + 0.05);
    stepMs = 3_600_000;
    await wait;
    expect(clock.nowS()).to.be.within(startedS + 0.049, startedS + 20);
  });

  it("ends a wait for ever with the signal's reason, and leaves no timer", async () => {
    const stop = new AbortController();
    const wait = time().join().until(Infinity, stop.signal);
    stop.abort(new Error("stop"));
    expect((await rejection(wait)).message).to.equal("stop");
    expect((await rejection(time().join().until(0, stop.signal))).message).to.equal("stop");
  });
});
