import { expect } from "chai";
import { epochPlan, nextFromPeriod } from "../../../../../oracle/keyholder/epochs/schedule.ts";

describe("nextFromPeriod", () => {
  const plan = epochPlan(10, 4);
  const next = (lastFrom: bigint | undefined, open: bigint, isEarly = false) =>
    nextFromPeriod(plan, { lastFrom, open, isEarly });

  it("begins the first epoch with the first open period", () => {
    expect(next(undefined, 7n)).to.equal(7n);
  });

  it("announces the next one so many periods ahead, and not before", () => {
    expect(next(20n, 25n)).to.equal(undefined);
    expect(next(20n, 26n)).to.equal(30n);
  });

  it("goes on from the present where it was away for long", () => {
    expect(next(20n, 100n)).to.equal(104n);
  });

  it("ends an epoch early where it is asked to, ahead all the same", () => {
    expect(next(20n, 22n, true)).to.equal(26n);
  });

  it("does not end one that has not begun: it is the next one", () => {
    expect(next(26n, 25n, true)).to.equal(undefined);
  });

  it("is ahead by no more than an epoch, and by one period at least", () => {
    expect(epochPlan(2).aheadPeriods).to.equal(2);
    expect(epochPlan(1).aheadPeriods).to.equal(1);
    expect(epochPlan(96).aheadPeriods).to.equal(4);
    expect(epochPlan(96, 0).aheadPeriods).to.equal(1);
  });

  it("never gives a period that is no later than the last one's", () => {
    for (let open = 0n; open < 60n; open++) {
      for (let lastFrom = 0n; lastFrom < 60n; lastFrom++) {
        for (const isEarly of [false, true]) {
          const from = next(lastFrom, open, isEarly);
          if (from !== undefined) expect(from > lastFrom && from > open).to.equal(true);
        }
      }
    }
  });
});
