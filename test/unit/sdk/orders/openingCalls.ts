import { expect } from "chai";
import { ZeroHash } from "ethers";
import {
  packOpening,
  type AnyOpening,
  type ScheduledOrderOpening,
} from "../../../../sdk/orders/opening.ts";
import { openingCalls } from "../../../../sdk/orders/openingCalls.ts";

const single = (participant: number, priceMicroPerKwh: number): AnyOpening => ({
  order: { participant, period: 5, side: "sell", energyWh: 1, priceMicroPerKwh },
  salt: ZeroHash,
});

const scheduled = (participant: number, price: number): ScheduledOrderOpening => ({
  ...single(participant, price),
  proof: [ZeroHash],
  periods: 0b100000n,
});

const word = (opening: AnyOpening, hint = 0) =>
  packOpening(opening.order, "periods" in opening ? opening.periods : 0n, hint);

describe("openingCalls", () => {
  it("has no call for no opening", () => {
    expect(openingCalls([], 10)).to.deep.equal([]);
  });

  it("opens the worst first, in calls of the size that is given", () => {
    const [cheap, dear, middle] = [single(2, 100), single(3, 300), single(4, 200)];
    const calls = openingCalls([cheap, dear, middle], 2);
    expect(calls.map(({ name }) => name)).to.deep.equal(["openOrders", "openOrders"]);
    expect(calls.map(({ words }) => words.map(({ opening }) => opening))).to.deep.equal([
      [word(dear), word(middle)],
      [word(cheap)],
    ]);
  });

  it("opens days first, and tells single orders their place among them", () => {
    const [first, last] = [scheduled(2, 100), scheduled(3, 300)];
    const [before, between] = [single(4, 50), single(5, 200)];
    const calls = openingCalls([before, first, between, last], 10);
    expect(calls.map(({ name }) => name)).to.deep.equal(["openScheduledOrders", "openOrders"]);
    expect(calls[0]!.words).to.deep.equal([
      { opening: word(last), salt: ZeroHash, proof: [ZeroHash] },
      { opening: word(first), salt: ZeroHash, proof: [ZeroHash] },
    ]);
    expect(calls[1]!.words.map(({ opening }) => opening)).to.deep.equal([
      word(between, 2),
      word(before),
    ]);
  });
});
