import { expect } from "chai";
import { deliveredWh, isWithinTolerance } from "../../../../sdk/private/delivered.ts";
import { MAX_PLAN_ENERGY_WH, OutOfRangeError } from "../../../../sdk/private/field.ts";

describe("isWithinTolerance", () => {
  it("counts a deviation up to the tolerance, to either side", () => {
    for (const [actual, expected] of [
      [949n, false],
      [950n, true],
      [1000n, true],
      [1050n, true],
      [1051n, false],
    ] as const) {
      expect(isWithinTolerance(1000n, actual, 500n), `${actual}`).to.equal(expected);
    }
  });
});

describe("deliveredWh", () => {
  const cases: [string, bigint, bigint, bigint, bigint][] = [
    ["all where the meter shows all", 1000n, 1000n, 0n, 1000n],
    ["the shortfall less, without a tolerance", 1000n, 999n, 0n, 999n],
    ["no more than agreed, without a tolerance", 1000n, 1001n, 0n, 1000n],
    ["all at the tolerance", 1000n, 950n, 500n, 1000n],
    ["what the meter shows beyond the tolerance", 1000n, 949n, 500n, 949n],
    ["all above the tolerance", 1000n, 2000n, 500n, 1000n],
    ["nothing where nothing came", 1000n, 0n, 9_999n, 0n],
    ["all of 1 Wh short by a hair under the tolerance", 10_000n, 1n, 9_999n, 10_000n],
    ["nothing of nothing", 0n, 0n, 0n, 0n],
    ["nothing of nothing agreed", 0n, 5n, 9_999n, 0n],
    ["all of the largest", MAX_PLAN_ENERGY_WH, MAX_PLAN_ENERGY_WH, 9_999n, MAX_PLAN_ENERGY_WH],
  ];
  for (const [what, matched, actual, tolerance, expected] of cases) {
    it(`counts ${what}`, () => {
      expect(deliveredWh(matched, actual, tolerance)).to.equal(expected);
    });
  }

  it("never counts more than agreed, and never less than both", () => {
    for (let actual = 0n; actual <= 40n; actual++) {
      for (const tolerance of [0n, 499n, 500n, 2_500n, 9_999n]) {
        const delivered = deliveredWh(20n, actual, tolerance);
        expect(delivered <= 20n && (delivered === 20n || delivered === actual)).to.be.true;
      }
    }
  });

  it("refuses energies and tolerances that the circuit does not take", () => {
    expect(() => deliveredWh(MAX_PLAN_ENERGY_WH + 1n, 0n, 0n)).to.throw(OutOfRangeError);
    expect(() => deliveredWh(0n, MAX_PLAN_ENERGY_WH + 1n, 0n)).to.throw(OutOfRangeError);
    expect(() => deliveredWh(0n, 0n, 10_000n)).to.throw(OutOfRangeError);
    expect(() => deliveredWh(0n, -1n, 0n)).to.throw(OutOfRangeError);
  });
});
