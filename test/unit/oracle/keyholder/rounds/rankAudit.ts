import { expect } from "chai";
import { rankFaults } from "../../../../../oracle/keyholder/rounds/rankAudit.ts";
import type { KeptPair } from "../../../../../oracle/keyholder/store/roundRows.ts";
import { encodeBid, encodeOffer } from "../../../../../sdk/private/matching/encodePlan.ts";
import {
  compileFeatures,
  type Feature,
} from "../../../../../sdk/private/matching/featureSchema.ts";

const FEATURES: Feature[] = [
  { kind: "numeric", name: "price", least: 0, most: 100, weight: 1, limit: true },
  { kind: "numeric", name: "east", least: 0, most: 100, weight: 1 },
];

for (const weights of ["market", "private"] as const) {
  describe(`rankFaults, with ${weights === "market" ? "market-wide" : "private"} weights`, () => {
    const code = compileFeatures({ features: FEATURES, resolution: 100, weights });
    /** Bid i and offer i are a pair; all bids pay 50. */
    const pairsOf = (bids: number[], offers: [price: number, east: number][]): KeptPair[] =>
      bids.map((east, i) => ({
        bid: i,
        offer: i,
        answer: "{}",
        numbers: {
          bid: encodeBid(code, { price: 50, east }),
          offer: encodeOffer(code, { price: offers[i]![0], east: offers[i]![1] }),
        },
      }));
    const ranks = (...nearest: number[][]) => {
      return (bid: number) => ({ nearest: nearest[bid]!, outOfRange: [] as number[] });
    };
    const pairs = pairsOf(
      [10, 90],
      [
        [40, 12],
        [40, 80],
      ],
    );

    it("finds none where each bid's offers are in the order of their distances", () => {
      expect(rankFaults(code, pairs, ranks([0, 1], [1, 0]))).to.deep.equal([]);
    });

    it("looks past offers that were not opened", () => {
      expect(rankFaults(code, pairs, ranks([5, 0, 7, 1], [9, 1, 0]))).to.deep.equal([]);
    });

    it("finds an offer that was ranked behind one that is farther", () => {
      expect(rankFaults(code, pairs, ranks([1, 0], [1, 0]))).to.deep.equal([
        { bid: 0, offers: [0] },
      ]);
    });

    it("finds one that was left out though it meets, and one that does not meet and was ranked", () => {
      expect(rankFaults(code, pairs, ranks([0], [1, 0]))).to.deep.equal([{ bid: 0, offers: [1] }]);
      const dear = pairsOf(
        [10, 90],
        [
          [40, 12],
          [60, 80],
        ],
      );
      expect(rankFaults(code, dear, ranks([0], [0]))).to.deep.equal([]);
      expect(rankFaults(code, dear, ranks([0, 1], [0]))).to.deep.equal([{ bid: 0, offers: [1] }]);
    });

    it("finds an honest plan that was said to be out of range", () => {
      const told = () => ({ nearest: [0], outOfRange: [1] });
      expect(rankFaults(code, pairs, told).length).to.equal(2);
    });

    it("lets equal distances be in any order", () => {
      const even = pairsOf(
        [50, 50],
        [
          [40, 60],
          [40, 40],
        ],
      );
      expect(rankFaults(code, even, ranks([0, 1], [1, 0]))).to.deep.equal([]);
    });

    it("compares nothing with pairs that were not opened, or where somebody lied", () => {
      const closed = pairs.map((pair) => ({ ...pair, numbers: undefined }));
      expect(rankFaults(code, closed, ranks([1, 0], [0, 1]))).to.deep.equal([]);
    });
  });
}
