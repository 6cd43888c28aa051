import { expect } from "chai";
import { decodeTradesFormed, packTrade, unpackTrade } from "../../../../sdk/events/tradesFormed.ts";

describe("decodeTradesFormed", () => {
  it("reads every field at its place, in the order of the trades", () => {
    const word = 0x2n | (0x3n << 24n) | (0x4n << 48n) | (0x5n << 80n);
    const trade = { seller: 2, buyer: 3, energyWh: 4, priceMicroPerKwh: 5 };
    expect(decodeTradesFormed([word, word + 1n])).to.deep.equal([trade, { ...trade, seller: 3 }]);
  });

  it("takes back what it reads, at the fields' maxima", () => {
    const word = (1n << 112n) - 1n;
    expect(packTrade(unpackTrade(word))).to.equal(word);
  });
});
