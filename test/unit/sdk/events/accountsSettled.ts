import { expect } from "chai";
import {
  decodeAccountsSettled,
  OddSettlementWordsError,
  packSettlement,
  unpackSettlement,
} from "../../../../sdk/events/accountsSettled.ts";

const FLAGS = ["sell", "short", "unread", "charged", "kept", "broken"] as const;

describe("decodeAccountsSettled", () => {
  it("reads every field at its place", () => {
    const first = 2n | (7n << 32n) | (8n << 40n) | (9n << 72n) | (10n << 104n) | (11n << 136n);
    const second = 12n | (13n << 64n) | (14n << 128n) | (15n << 192n);
    expect(decodeAccountsSettled([first, second])).to.deep.equal([
      {
        participant: 2,
        sell: false,
        short: false,
        unread: false,
        charged: false,
        kept: false,
        broken: false,
        reputation: 7,
        imbalanceWh: 8,
        importWh: 9,
        exportWh: 10,
        chargeNano: 11n,
        tradeNano: 12n,
        imbalanceNano: 13n,
        rewardNano: 14n,
        penaltyNano: 15n,
      },
    ]);
  });

  for (const [index, flag] of FLAGS.entries()) {
    it(`reads the flag ${flag} from bit ${24 + index} alone`, () => {
      const settled = unpackSettlement(1n << BigInt(24 + index), 0n);
      expect(FLAGS.filter((name) => settled[name])).to.deep.equal([flag]);
    });
  }

  it("takes back what it reads, at the fields' maxima", () => {
    const free = 0b11n << 30n;
    const words: [bigint, bigint] = [((1n << 200n) - 1n) & ~free, (1n << 256n) - 1n];
    expect(packSettlement(unpackSettlement(...words))).to.deep.equal(words);
  });

  it("refuses words that are not in pairs", () => {
    expect(() => decodeAccountsSettled([1n, 2n, 3n])).to.throw(
      OddSettlementWordsError,
      "AccountsSettled has 3 words, and an account takes 2.",
    );
  });
});
