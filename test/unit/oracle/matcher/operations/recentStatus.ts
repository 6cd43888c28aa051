import { expect } from "chai";
import type { MatcherStatus } from "../../../../../oracle/matcher/operations/matcherStatus.ts";
import { RecentStatus } from "../../../../../oracle/matcher/operations/recentStatus.ts";

describe("RecentStatus", () => {
  it("counts once for many who ask, and again when something was stored or time went on", () => {
    let changes = 0;
    let computed = 0;
    const chain = { nowS: 5 };
    const status = () => ({ nowS: computed++ }) as unknown as MatcherStatus;
    const recent = new RecentStatus({
      store: { one: () => ({ changes }) },
      chain,
      compute: status,
    });
    const first = recent.get();
    for (let i = 0; i < 100; i++) expect(recent.get()).to.equal(first);
    expect(computed).to.equal(1);
    changes++;
    expect(recent.get()).not.to.equal(first);
    chain.nowS++;
    recent.get();
    expect(computed).to.equal(3);
  });
});
