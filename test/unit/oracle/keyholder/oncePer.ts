import { expect } from "chai";
import { oncePer } from "../../../../oracle/keyholder/oncePer.ts";

describe("oncePer", () => {
  it("makes a result anew when the last one is old enough, however often it is asked", () => {
    let [nowMs, made] = [0, 0];
    const ask = oncePer(
      1_000,
      () => ++made,
      () => nowMs,
    );
    expect([ask(), ask(), ask()]).to.deep.equal([1, 1, 1]);
    nowMs = 999;
    expect(ask()).to.equal(1);
    nowMs = 1_000;
    expect([ask(), ask()]).to.deep.equal([2, 2]);
  });
});
