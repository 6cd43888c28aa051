import { expect } from "chai";
import { sortByPrice } from "../../../../sdk/mechanisms/sortByPrice.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";

const MAX = 2 ** 32 - 1;

describe("sortByPrice", () => {
  it("sorts over the whole range of prices in both directions", () => {
    const prices = Uint32Array.of(1, MAX, 2 ** 31, 2 ** 31 - 1, 0);
    const all = Uint32Array.of(0, 1, 2, 3, 4);
    expect([...sortByPrice(all, prices, "ascending")]).to.deep.equal([4, 0, 3, 2, 1]);
    expect([...sortByPrice(all, prices, "descending")]).to.deep.equal([1, 2, 3, 0, 4]);
  });

  it("keeps the given sequence of equal prices in both directions", () => {
    const prices = Uint32Array.of(5, 5, 5, 9);
    const some = Uint32Array.of(2, 0, 3, 1);
    expect([...sortByPrice(some, prices, "ascending")]).to.deep.equal([2, 0, 1, 3]);
    expect([...sortByPrice(some, prices, "descending")]).to.deep.equal([3, 2, 0, 1]);
  });

  it("agrees with a stable comparison sort", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new RandomSource(seed);
      const prices = Uint32Array.from({ length: random.integer(0, 300) }, () =>
        random.integer(1, random.pick([3, MAX])),
      );
      const indices = Uint32Array.from(prices.keys());
      expect([...sortByPrice(indices, prices, "ascending")], `seed ${seed}`).to.deep.equal(
        [...indices].sort((a, b) => prices[a]! - prices[b]!),
      );
      expect([...sortByPrice(indices, prices, "descending")], `seed ${seed}`).to.deep.equal(
        [...indices].sort((a, b) => prices[b]! - prices[a]!),
      );
    }
  });
});
