import { expect } from "chai";
import { PeriodTimes } from "../../../../sdk/private/periodTimes.ts";
import { defaultPoolTerms } from "../../../../sdk/private/poolTerms.ts";

const GENESIS = 1_000;
const times = new PeriodTimes(defaultPoolTerms(GENESIS, 90));

describe("PeriodTimes", () => {
  it("tells the first period of which something may still be done, to the second", () => {
    for (const period of [1n, 5n]) {
      const settledS = times.settledBy(period);
      expect(times.firstUnsettled(settledS - 1)).to.equal(period);
      expect(times.firstUnsettled(settledS)).to.equal(period + 1n);
      const proposedS = times.proposalsCloseAt(period);
      expect(times.firstProposed(proposedS - 1)).to.equal(period);
      expect(times.firstProposed(proposedS)).to.equal(period + 1n);
      const closeS = times.plansCloseAt(period);
      expect(times.firstClosingFrom(closeS)).to.equal(period);
      expect(times.firstClosingFrom(closeS + 1)).to.equal(period + 1n);
    }
  });

  it("counts from the first period, however early it is", () => {
    expect(times.startOf(0n)).to.equal(GENESIS);
    expect(times.endOf(0n)).to.equal(times.startOf(1n));
    expect([
      times.firstUnsettled(0),
      times.firstProposed(0),
      times.firstClosingFrom(0),
    ]).to.deep.equal([0n, 0n, 0n]);
  });
});
