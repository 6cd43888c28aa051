import { expect } from "chai";
import { SimulatedTime } from "../../../../scripts/neighbourhood/simulatedTime.ts";

describe("SimulatedTime", () => {
  const leaps: number[] = [];
  let time: SimulatedTime;

  beforeEach(() => {
    leaps.length = 0;
    time = new SimulatedTime(100, async (timeS) => {
      leaps.push(timeS);
    });
  });

  it("stands still while a task works, and leaps to the next time when all wait", async () => {
    const [a, b] = [time.join(), time.join()];
    const seen: string[] = [];
    const first = (async () => {
      await a.until(110);
      seen.push(`a at ${a.nowS()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push(`a still at ${a.nowS()}`);
      await a.until(130);
      seen.push(`a at ${a.nowS()}`);
      a.leave();
    })();
    const second = (async () => {
      await b.until(120);
      seen.push(`b at ${b.nowS()}`);
      b.leave();
    })();
    await Promise.all([first, second]);
    expect(seen).to.deep.equal(["a at 110", "a still at 110", "b at 120", "a at 130"]);
    expect(leaps).to.deep.equal([110, 120, 130]);
  });

  it("does not wait for what is past", async () => {
    const clock = time.join();
    await clock.until(50);
    expect(clock.nowS()).to.equal(100);
    expect(leaps).to.deep.equal([]);
  });

  it("goes on when a task that worked leaves", async () => {
    const [waits, works] = [time.join(), time.join()];
    const done = waits.until(200);
    works.leave();
    works.leave();
    await done;
    expect(time.nowS()).to.equal(200);
  });

  it("goes on when the task that it leapt for has left meanwhile", async () => {
    const controller = new AbortController();
    const slow = new SimulatedTime(100, async () => {
      controller.abort();
      leaves.leave();
    });
    const [stays, leaves] = [slow.join(), slow.join()];
    const left = leaves.until(150, controller.signal).catch(() => "left");
    await stays.until(200);
    expect(await left).to.equal("left");
    expect(slow.nowS()).to.equal(200);
  });

  it("ends a wait on its signal", async () => {
    const clock = time.join();
    time.join();
    const controller = new AbortController();
    const wait = clock.until(200, controller.signal).catch((error: unknown) => error);
    const reason = new Error("stop");
    controller.abort(reason);
    expect(await wait).to.equal(reason);
    expect(await clock.until(200, controller.signal).catch((error: unknown) => error)).to.equal(
      reason,
    );
  });

  it("fails everybody who waits where it cannot go on", async () => {
    const time = new SimulatedTime(0, () => Promise.reject(new Error("the chain is closed")));
    const [a, b] = [time.join(), time.join()];
    const waits = await Promise.allSettled([a.until(5), b.until(9)]);
    expect(waits.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
  });
});
