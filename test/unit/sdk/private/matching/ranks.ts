import { expect } from "chai";
import type { FeatureValues } from "../../../../../sdk/private/matching/encodePlan.ts";
import { compileFeatures } from "../../../../../sdk/private/matching/featureSchema.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import {
  expectPlainRanks,
  LEAST,
  MARKET_CODE,
  matchingScheme,
  MOST,
  plainDistances,
  PRIVATE_CODE,
  randomValues,
  randomWeights,
  rankBook,
  rankCiphertexts,
  type BidScene,
} from "./matchingScene.ts";

describe("ranks under encryption", function () {
  this.timeout(120_000);

  for (const [name, code] of [
    ["market-wide weights", MARKET_CODE],
    ["private weights", PRIVATE_CODE],
  ] as const) {
    const isPrivate = code.schema.weights === "private";
    const bidOf = (values: FeatureValues, random: () => number): BidScene =>
      isPrivate ? { values, own: randomWeights(random) } : { values };

    describe(name, () => {
      it("equal those of the plain distances in random books", async () => {
        const source = seededRandom(5, "ranks");
        const random = () => source.uniform();
        const offers = Array.from({ length: 40 }, () => randomValues(random));
        const bids = Array.from({ length: 6 }, () => bidOf(randomValues(random), random));
        await expectPlainRanks(code, bids, offers);
      });

      it("equal them where every plan is at an end of every range", async () => {
        const source = seededRandom(6, "ranks");
        const random = () => source.uniform();
        const offers = [LEAST, MOST, LEAST, MOST];
        await expectPlainRanks(code, [bidOf(LEAST, random), bidOf(MOST, random)], offers);
      });

      it("tell offers apart that differ by one step of one feature", async () => {
        const steps = Array.from({ length: 12 }, (_, i) => ({
          ...LEAST,
          price: 300_000 + i * 1_000,
        }));
        const own = { price: 1, quantity: 0, environment: 0, reputation: 0, energyType: 0 };
        const offers = [...steps].reverse();
        const distances = plainDistances(code, { values: LEAST, own }, offers);
        expect(new Set(distances).size).to.equal(offers.length);
        await expectPlainRanks(
          code,
          [isPrivate ? { values: LEAST, own } : { values: LEAST }],
          offers,
        );
      });

      it("have all equal plans in some order, each once", async () => {
        const offers = Array.from({ length: 30 }, () => MOST);
        await expectPlainRanks(code, [{ values: MOST }, { values: LEAST }], offers);
      });

      it("go over several packs", async () => {
        const source = seededRandom(7, "ranks");
        const random = () => source.uniform();
        const features = Array.from({ length: isPrivate ? 30 : 60 }, (_, i) => ({
          kind: "numeric" as const,
          name: `f${i}`,
          least: 0,
          most: 255,
          weight: 1,
        }));
        const wide = compileFeatures({
          features,
          resolution: isPrivate ? 127 : 255,
          weights: code.schema.weights,
        });
        const values = (): FeatureValues =>
          Object.fromEntries(features.map((f) => [f.name, Math.floor(random() * 256)]));
        const offers = Array.from({ length: 140 }, values);
        await expectPlainRanks(wide, [{ values: values() }], offers);
      });
    });
  }

  it("do not depend on which masks and ciphertexts are drawn where no distances are equal", async () => {
    const source = seededRandom(8, "ranks");
    const random = () => source.uniform();
    const offers = Array.from({ length: 25 }, () => randomValues(random));
    const bids = [{ values: randomValues(random) }];
    const scheme = await matchingScheme();
    const distances = plainDistances(MARKET_CODE, bids[0]!, offers);
    expect(new Set(distances).size, "no two distances are equal").to.equal(offers.length);
    const first = rankBook(scheme, MARKET_CODE, bids, offers);
    const otherSeed = new Uint8Array(32).fill(8);
    expect(rankBook(scheme, MARKET_CODE, bids, offers, otherSeed)).to.deep.equal(first);
  });

  it("are the same again from one seed also where all distances are equal", async () => {
    const scheme = await matchingScheme();
    const cipher = new PlanCipher(scheme.scheme, MARKET_CODE, scheme.keys.publicKey);
    const offers = Array.from({ length: 20 }, () => cipher.encryptOffer(MOST).bytes);
    const bids = [cipher.encryptBid(LEAST).bytes];
    const [first] = rankCiphertexts(scheme, MARKET_CODE, bids, offers);
    const [again] = rankCiphertexts(scheme, MARKET_CODE, bids, offers);
    expect(again!.nearest).to.deep.equal(first!.nearest);
    expect(first!.nearest).not.to.deep.equal([...offers.keys()]);
  });
});
