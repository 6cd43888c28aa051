import { expect } from "chai";
import { repeat } from "../../../oracle/repeat.ts";
import { Log } from "../../../oracle/operations/log.ts";
import { StoreWriteError } from "../../../oracle/store/errors.ts";
import { BaseError } from "../../../sdk/errors.ts";

describe("repeat", () => {
  const run = (work: (times: number, stop: () => void) => void) => {
    const stopping = new AbortController();
    const lines: string[] = [];
    let times = 0;
    const done = repeat({
      name: "match",
      everyMs: 1,
      signal: stopping.signal,
      log: new Log({ write: (line) => lines.push(line) }),
      work: async () => work(++times, () => stopping.abort()),
    });
    return { done, lines, times: () => times };
  };

  it("does its work again and again until it is to stop", async () => {
    const { done, times } = run((time, stop) => time === 5 && stop());
    await done;
    expect(times()).to.equal(5);
  });

  it("tries again what failed, says so once, and says when it goes on", async () => {
    const { done, lines } = run((time, stop) => {
      if (time <= 3) throw new BaseError("The key holder is away.");
      if (time === 5) stop();
    });
    await done;
    expect(lines.filter((line) => line.includes("away"))).to.have.length(1);
    expect(lines.filter((line) => line.includes("goes on"))).to.have.length(1);
  });

  it("ends where nothing can be stored any more", async () => {
    const { done, times } = run(() => {
      throw new StoreWriteError("The store cannot be written.");
    });
    const error = await done.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(StoreWriteError);
    expect(times()).to.equal(1);
  });

  it("says nothing of what it breaks off at its end", async () => {
    const { done, lines } = run((_, stop) => {
      stop();
      throw new Error("aborted");
    });
    await done;
    expect(lines).to.deep.equal([]);
  });
});
