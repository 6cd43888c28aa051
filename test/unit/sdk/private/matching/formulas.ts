import { expect } from "chai";
import { dissimilarity, scaled } from "../../../../../sdk/mechanisms/dissimilarity.ts";
import type { FeatureValues } from "../../../../../sdk/private/matching/encodePlan.ts";
import {
  compileFeatures,
  type Feature,
  type FeatureSchema,
} from "../../../../../sdk/private/matching/featureSchema.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import { matchingScheme, rankBook } from "./matchingScene.ts";

const TYPES = ["wind", "hydro", "fossil", "solar", "bio"];
// Weights whose roots are whole steps of the resolution, so that nothing is rounded with market-wide weights.
const FEATURES: readonly Feature[] = [
  { kind: "numeric", name: "price", least: 0, most: 500_000, weight: 1, limit: true },
  { kind: "numeric", name: "quantity", least: 0, most: 50_000, weight: 0.25 },
  { kind: "numeric", name: "environment", least: 0, most: 100, weight: 0.0625 },
  { kind: "numeric", name: "reputation", least: 0, most: 100, weight: 0 },
  { kind: "categorical", name: "energyType", categories: TYPES, weight: 0.5 },
];
/** What each value is a multiple of. */
const STEPS: Record<string, number> = {
  price: 1_000,
  quantity: 200,
  environment: 0.8,
  reputation: 1,
};

type WeightOf = (feature: Feature) => number;

/** Formula (3.1), on records scaled as in stage five. */
function formula(bid: FeatureValues, offer: FeatureValues, weightOf: WeightOf): number {
  const numeric = FEATURES.filter((feature) => feature.kind === "numeric");
  const categorical = FEATURES.filter((feature) => feature.kind === "categorical");
  const recordOf = (plan: FeatureValues) => ({
    numeric: numeric.map(({ name, least, most }) => scaled(Number(plan[name]), least, most)),
    categorical: categorical.map(({ name }) => String(plan[name])),
  });
  return dissimilarity(recordOf(bid), recordOf(offer), {
    numeric: numeric.map(weightOf),
    categorical: categorical.map(weightOf),
  });
}

describe("ranks and the source's formulas (3.1) to (3.4) [P14]", function () {
  this.timeout(60_000);

  const book = (weights: FeatureSchema["weights"], random: () => number) => {
    const values = (): FeatureValues =>
      Object.fromEntries(
        FEATURES.map((feature): [string, number | string] => {
          if (feature.kind === "categorical")
            return [feature.name, TYPES[Math.floor(random() * 5)]!];
          const steps = Math.round((feature.most - feature.least) / STEPS[feature.name]!);
          return [feature.name, Math.floor(random() * (steps + 1)) * STEPS[feature.name]!];
        }),
      );
    return {
      code: compileFeatures({ features: FEATURES, resolution: 500, weights }),
      bids: Array.from({ length: 4 }, () => ({
        values: values(),
        own: Object.fromEntries(FEATURES.map(({ name }) => [name, Math.floor(random() * 16)])),
      })),
      offers: Array.from({ length: 50 }, values),
    };
  };

  const expectFormulas = async (
    weights: FeatureSchema["weights"],
    tolerance: number,
  ): Promise<void> => {
    const source = seededRandom(41, weights);
    const { code, bids, offers } = book(weights, () => source.uniform());
    const rankings = rankBook(await matchingScheme(), code, bids, offers);
    rankings.forEach(({ nearest, outOfRange }, i) => {
      const { values, own } = bids[i]!;
      const weightOf: WeightOf = ({ name, weight }) =>
        weights === "market" ? weight : own[name]! / 15;
      expect(outOfRange).to.be.empty;
      expect(new Set(nearest)).to.deep.equal(
        new Set([...offers.keys()].filter((j) => offers[j]!.price! <= values.price!)),
      );
      expect(new Set(nearest).size).to.equal(nearest.length);
      const distances = nearest.map((j) => formula(values, offers[j]!, weightOf));
      for (let rank = 1; rank < distances.length; rank++) {
        expect(distances[rank]! - distances[rank - 1]!, `bid ${i}, rank ${rank}`).to.be.above(
          -tolerance,
        );
      }
    });
    expect(rankings.flatMap(({ nearest }) => nearest)).to.have.length.within(20, 180);
  };

  it("agree to the last step with market-wide weights", async () => {
    // Binary fractions of the formula; a step of the least weight counts 4e-6.
    await expectFormulas("market", 1e-12);
  });

  it("agree with private weights, but for the root of a half of categories", async () => {
    // 2 · 354² of 500² is 1.0025; of environment steps of 0.8 are four of the resolution's.
    await expectFormulas("private", 0.0026);
  });
});
