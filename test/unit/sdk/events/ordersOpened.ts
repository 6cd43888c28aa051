import { expect } from "chai";
import {
  decodeOrdersOpened,
  packOpenedOrder,
  unpackOpenedOrder,
} from "../../../../sdk/events/ordersOpened.ts";

describe("decodeOrdersOpened", () => {
  it("reads every field at its place", () => {
    const word = 0x2n | (0x3n << 24n) | (0x4n << 48n) | (0x5n << 80n) | (0b11n << 112n);
    expect(decodeOrdersOpened([word])).to.deep.equal([
      {
        participant: 2,
        period: 3,
        energyWh: 4,
        priceMicroPerKwh: 5,
        side: "sell",
        green: true,
      },
    ]);
  });

  for (const flag of [0n, 1n << 112n, 1n << 113n]) {
    it(`takes back what it reads with the flags ${flag >> 112n}, at the fields' maxima`, () => {
      const word = ((1n << 112n) - 1n) | flag;
      expect(packOpenedOrder(unpackOpenedOrder(word))).to.equal(word);
    });
  }
});
