import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { inLanes } from "../../../oracle/inLanes.ts";
import { rejection } from "../../helpers/rejection.ts";

describe("inLanes", () => {
  it("does each item once, and never more at a time than there are lanes", async () => {
    const done: number[] = [];
    let now = 0;
    let most = 0;
    await inLanes(3, [0, 1, 2, 3, 4, 5, 6], async (item) => {
      most = Math.max(most, ++now);
      await pause(1);
      now--;
      done.push(item);
    });
    expect(done.sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    expect(most).to.equal(3);
  });

  it("begins nothing after a failure, and waits for what was begun", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const failure = new Error("no");
    const work = inLanes(2, [0, 1, 2, 3], async (item) => {
      begun.push(item);
      if (item === 0) throw failure;
      await pause(5);
      ended.push(item);
    });
    expect(await rejection(work)).to.equal(failure);
    expect(begun).to.deep.equal([0, 1]);
    expect(ended).to.deep.equal([1]);
  });

  it("ends with the signal's reason between two items", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let count = 0;
    const work = inLanes(
      1,
      [0, 1, 2],
      async () => {
        count++;
        controller.abort(reason);
      },
      controller.signal,
    );
    expect(await rejection(work)).to.equal(reason);
    expect(count).to.equal(1);
  });
});
