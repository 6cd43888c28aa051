import { expect } from "chai";
import { pairByRanks, pairsHash } from "../../../../../sdk/private/rounds/pairByRanks.ts";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import { RandomSource } from "../../../../helpers/randomSource.ts";
import { hashOf } from "./roundScene.ts";

describe("pairByRanks", () => {
  it("lets bids choose in their order, each the nearest that is free", () => {
    const ranks = [[2, 0], [2, 1, 0], [], [2, 1], [1, 0]];
    expect(pairByRanks(ranks, 3)).to.deep.equal([
      { bid: 0, offer: 2 },
      { bid: 1, offer: 1 },
      { bid: 4, offer: 0 },
    ]);
  });

  it("pairs nobody where nobody meets", () => {
    expect(pairByRanks([], 5)).to.deep.equal([]);
    expect(pairByRanks([[], []], 0)).to.deep.equal([]);
  });

  it("refuses ranks that are no positions of offers", () => {
    for (const bad of [[3], [-1], [0.5], [NaN], [Infinity], [0, 1, 7], [2 ** 53]]) {
      expect(() => pairByRanks([[0], bad], 3)).to.throw(MalformedMessageError, "position 1");
    }
  });

  it("refuses an offer that a bid ranks twice, also where it would not be chosen", () => {
    expect(() => pairByRanks([[0, 0]], 3)).to.throw(MalformedMessageError);
    expect(() => pairByRanks([[1, 2, 0, 2]], 3)).to.throw(MalformedMessageError);
  });

  it("gives each position once, and leaves no bid that prefers a free offer", () => {
    const random = new RandomSource(11);
    for (let i = 0; i < 200; i++) {
      const offers = random.integer(0, 12);
      const ranks = Array.from({ length: random.integer(0, 12) }, () =>
        Array.from({ length: offers }, (_, offer) => offer)
          .filter(() => random.chance(60))
          .sort(() => random.integer(-1, 1)),
      );
      const pairs = pairByRanks(ranks, offers);
      expect(new Set(pairs.map(({ bid }) => bid)).size).to.equal(pairs.length);
      expect(new Set(pairs.map(({ offer }) => offer)).size).to.equal(pairs.length);
      for (const [bid, nearest] of ranks.entries()) {
        const chosen = pairs.find((pair) => pair.bid === bid)?.offer;
        const better = chosen === undefined ? nearest : nearest.slice(0, nearest.indexOf(chosen));
        // Whatever it would rather have was taken by a bid before it.
        for (const offer of better) {
          expect(pairs.find((pair) => pair.offer === offer)!.bid).to.be.below(bid);
        }
      }
    }
  });
});

describe("pairsHash", () => {
  const ROUND = hashOf("round");

  it("is another one for other pairs, another order or another round", () => {
    const hashes = [
      pairsHash(ROUND, []),
      pairsHash(ROUND, [{ bid: 0, offer: 1 }]),
      pairsHash(ROUND, [{ bid: 1, offer: 0 }]),
      pairsHash(ROUND, [
        { bid: 0, offer: 1 },
        { bid: 1, offer: 0 },
      ]),
      pairsHash(ROUND, [
        { bid: 1, offer: 0 },
        { bid: 0, offer: 1 },
      ]),
      pairsHash(hashOf("other"), [{ bid: 0, offer: 1 }]),
    ];
    expect(new Set(hashes).size).to.equal(hashes.length);
  });
});
