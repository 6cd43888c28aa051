import { expect } from "chai";
import { firstFees, raisedFees } from "../../../../oracle/sending/fees.ts";

const market = (baseFeePerGas: bigint, priorityFeePerGas: bigint) => ({
  baseFeePerGas,
  priorityFeePerGas,
});
const fees = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) => ({
  maxFeePerGas,
  maxPriorityFeePerGas,
});

describe("firstFees", () => {
  it("leaves room for a base fee that doubles", () => {
    expect(firstFees(market(8n, 3n), 1_000n)).to.deep.equal(fees(19n, 3n));
  });

  it("offers nothing on a chain that asks for nothing", () => {
    expect(firstFees(market(0n, 0n), 1_000n)).to.deep.equal(fees(0n, 0n));
  });

  it("stops at the cap, which holds for the tip too", () => {
    expect(firstFees(market(8n, 3n), 18n)).to.deep.equal(fees(18n, 3n));
    expect(firstFees(market(8n, 3n), 2n)).to.deep.equal(fees(2n, 2n));
  });
});

describe("raisedFees", () => {
  it("raises both by an eighth, rounded up", () => {
    expect(raisedFees(fees(80n, 8n), market(0n, 0n), 1_000n)).to.deep.equal(fees(90n, 9n));
    expect(raisedFees(fees(81n, 9n), market(0n, 0n), 1_000n)).to.deep.equal(fees(92n, 11n));
  });

  it("raises by at least one, also from nothing", () => {
    expect(raisedFees(fees(0n, 0n), market(0n, 0n), 1_000n)).to.deep.equal(fees(1n, 1n));
    expect(raisedFees(fees(4n, 1n), market(0n, 0n), 1_000n)).to.deep.equal(fees(5n, 2n));
  });

  it("goes up to what a new transaction would offer, where that is more", () => {
    expect(raisedFees(fees(10n, 1n), market(100n, 7n), 1_000n)).to.deep.equal(fees(207n, 7n));
  });

  it("reaches the cap and does not pass it", () => {
    expect(raisedFees(fees(80n, 8n), market(0n, 0n), 90n)).to.deep.equal(fees(90n, 9n));
    expect(raisedFees(fees(80n, 8n), market(0n, 0n), 89n)).to.equal(undefined);
  });
});
