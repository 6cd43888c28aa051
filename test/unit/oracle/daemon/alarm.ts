import { expect } from "chai";
import { Alarm } from "../../../../oracle/daemon/alarm.ts";
import { machineTime } from "../../../../sdk/clock.ts";
import { rejection } from "../../../helpers/rejection.ts";

const NEVER = new AbortController().signal;

describe("Alarm", () => {
  const clock = machineTime.join();

  it("ends a wait, once", async () => {
    const alarm = new Alarm();
    const wait = alarm.until(clock, Infinity, NEVER);
    alarm.ring();
    await wait;
    let isOver = false;
    const next = alarm.until(clock, clock.nowS() + 0.02, NEVER).then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).to.equal(false);
    await next;
  });

  it("ends the next wait where it rings while nobody waits", async () => {
    const alarm = new Alarm();
    alarm.ring();
    alarm.ring();
    await alarm.until(clock, Infinity, NEVER);
  });

  it("waits for its time where nothing rings", async () => {
    const startedS = clock.nowS();
    await new Alarm().until(clock, startedS + 0.02, NEVER);
    expect(clock.nowS()).to.be.at.least(startedS + 0.015);
  });

  it("throws what the signal says, also where it rings too", async () => {
    const alarm = new Alarm();
    const stop = new AbortController();
    const wait = alarm.until(clock, Infinity, stop.signal);
    stop.abort(new Error("told to stop"));
    alarm.ring();
    expect((await rejection(wait)).message).to.equal("told to stop");
    expect((await rejection(alarm.until(clock, Infinity, stop.signal))).message).to.equal(
      "told to stop",
    );
  });
});
