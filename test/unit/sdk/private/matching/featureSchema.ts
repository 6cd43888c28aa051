import { expect } from "chai";
import {
  encodeBid,
  encodedDistance,
  encodeOffer,
  planNumbers,
  planWeights,
} from "../../../../../sdk/private/matching/encodePlan.ts";
import {
  compileFeatures,
  LEAST_FACTOR,
  MAX_PRIVATE_WEIGHT,
  type Feature,
  type FeatureSchema,
} from "../../../../../sdk/private/matching/featureSchema.ts";
import { DEFAULT_FEATURES } from "../../../../../sdk/private/matching/defaultFeatures.ts";
import {
  FeatureSchemaError,
  FeatureValueError,
} from "../../../../../sdk/private/matching/matchingError.ts";
import { MATCHING_PARAMETERS } from "../../../../../sdk/private/matching/parameters.ts";
import { SlotLayout } from "../../../../../sdk/private/matching/slotLayout.ts";
import { expectNear } from "../../../../helpers/expectNear.ts";
import { dissimilarity, scaled } from "../../../../../sdk/mechanisms/dissimilarity.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import { FEATURES, MARKET_CODE, PRIVATE_CODE } from "./matchingScene.ts";

const numeric = (name: string, weight = 1): Feature => ({
  kind: "numeric",
  name,
  least: 0,
  most: 1,
  weight,
});
const many = (count: number): Feature[] =>
  Array.from({ length: count }, (_, i) => numeric(`f${i}`));
const schema = (changes: Partial<FeatureSchema>): FeatureSchema => ({
  features: many(2),
  resolution: 100,
  weights: "market",
  ...changes,
});

describe("compileFeatures", () => {
  it("gives the largest distance that plans within the ranges can have", () => {
    expect(compileFeatures(schema({})).maxDistance).to.equal(2 * 100 ** 2);
    const typed: Feature = {
      kind: "categorical",
      name: "type",
      categories: ["a", "b", "c"],
      weight: 1,
    };
    const code = compileFeatures(schema({ features: [numeric("price"), typed] }));
    // √(1/2) of 100 steps, rounded.
    expect(code.dimensions.map(({ reach }) => reach)).to.deep.equal([100, 71, 71, 71]);
    expect(code.maxDistance).to.equal(100 ** 2 + 2 * 71 ** 2);
    const far = encodedDistance(
      planNumbers(code, "buy", { price: 0, type: "a" }),
      planNumbers(code, "sell", { price: 1, type: "c" }),
    );
    expect(far).to.equal(code.maxDistance);
  });

  it("takes the default features: eleven numbers, 744 offers a pack", () => {
    const code = compileFeatures(DEFAULT_FEATURES);
    expect(code.blocks).to.equal(11);
    expect(new SlotLayout(code, 8192).packSize).to.equal(744);
    expect(code.maxDistance).to.equal(6 * 1_000 ** 2 + 2 * 707 ** 2);
  });

  // The bound of a sum that is masked by 4 times the least factor: half of the modulus.
  const bound = Math.floor(Number(MATCHING_PARAMETERS.plainModulus) / 2 / (4 * LEAST_FACTOR)) - 1;

  for (const weights of ["market", "private"] as const) {
    it(`takes the largest resolution that cannot overflow and refuses the next one, ${weights} weights`, () => {
      const perStep = weights === "market" ? 8 : 2 * 8 * MAX_PRIVATE_WEIGHT;
      const most = Math.floor(Math.sqrt(bound / perStep));
      const code = compileFeatures(schema({ features: many(8), resolution: most, weights }));
      expect(code.maxDistance).to.equal(perStep * most ** 2);
      expect(() =>
        compileFeatures(schema({ features: many(8), resolution: most + 1, weights })),
      ).to.throw(FeatureSchemaError, "would overflow");
    });
  }

  it("takes the largest distance of all, and no larger one", () => {
    // 134,217,247 and one more, as sums of squares.
    const reaches = [11_585, 70, 11, 1, 1];
    const features = reaches.map((reach, i) => numeric(`f${i}`, (reach / 11_585) ** 2));
    const largest = schema({ features: features.slice(0, 4), resolution: 11_585 });
    expect(compileFeatures(largest).maxDistance).to.equal(bound);
    expect(() => compileFeatures({ ...largest, features })).to.throw(
      FeatureSchemaError,
      `Distances reach ${bound + 1}, above ${bound}`,
    );
  });

  const refused: [string, Partial<FeatureSchema>, string][] = [
    ["no feature", { features: [] }, "no feature"],
    ["two features of one name", { features: [numeric("a"), numeric("a")] }, "one name"],
    ["a negative weight", { features: [numeric("a", -0.1)] }, 'weight of "a" is -0.1'],
    ["a weight above 1", { features: [numeric("a", 1.1)] }, 'weight of "a" is 1.1'],
    ["a weight that is none", { features: [numeric("a", Number.NaN)] }, 'weight of "a" is NaN'],
    ["an empty range", { features: [{ ...numeric("a"), least: 1 } as Feature] }, "range"],
    ["an endless range", { features: [{ ...numeric("a"), most: Infinity } as Feature] }, "range"],
    [
      "one category",
      { features: [{ kind: "categorical", name: "t", categories: ["x"], weight: 1 }] },
      "categories",
    ],
    [
      "a category that is there twice",
      { features: [{ kind: "categorical", name: "t", categories: ["x", "x"], weight: 1 }] },
      "categories",
    ],
    ["no steps", { resolution: 0 }, "resolution is 0"],
    ["half a step", { resolution: 1.5 }, "resolution is 1.5"],
    ["more numbers than there are blocks", { features: many(65), resolution: 1 }, "65 numbers"],
  ];
  for (const [what, changes, message] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => compileFeatures(schema(changes))).to.throw(FeatureSchemaError, message);
    });
  }
});

describe("encoded plans", () => {
  const values = {
    price: 420_000,
    quantity: 12_000,
    environment: 80,
    reputation: 97,
    energyType: "solar",
  };

  it("are whole numbers from 0 to each dimension's reach", () => {
    const ends = (pick: "least" | "most") =>
      Object.fromEntries(
        FEATURES.map((feature) => [
          feature.name,
          feature.kind === "numeric" ? feature[pick] : feature.categories[0]!,
        ]),
      );
    const { dimensions } = MARKET_CODE;
    expect(planNumbers(MARKET_CODE, "buy", ends("least")).slice(0, 4)).to.deep.equal([0, 0, 0, 0]);
    expect(planNumbers(MARKET_CODE, "sell", ends("most")).slice(0, 5)).to.deep.equal(
      dimensions.slice(0, 5).map(({ reach }) => reach),
    );
  });

  it("are as far apart as their dissimilarity says, but for rounding", () => {
    const source = seededRandom(9, "plans");
    const random = () => source.uniform();
    const { resolution } = MARKET_CODE.schema;
    for (let run = 0; run < 200; run++) {
      const plans = [0, 1].map(() =>
        FEATURES.map((feature) =>
          feature.kind === "numeric"
            ? feature.least + random() * (feature.most - feature.least)
            : feature.categories[Math.floor(random() * 5)]!,
        ),
      );
      const toRecord = (plan: (number | string)[]) => ({
        numeric: FEATURES.flatMap((feature, i) =>
          feature.kind === "numeric" ? [scaled(Number(plan[i]), feature.least, feature.most)] : [],
        ),
        categorical: FEATURES.flatMap((feature, i) =>
          feature.kind === "categorical" ? [String(plan[i])] : [],
        ),
      });
      const exact = dissimilarity(toRecord(plans[0]!), toRecord(plans[1]!), {
        numeric: FEATURES.flatMap(({ kind, weight }) => (kind === "numeric" ? [weight] : [])),
        categorical: FEATURES.flatMap(({ kind, weight }) =>
          kind === "categorical" ? [weight] : [],
        ),
      });
      const [bid, offer] = plans.map((plan) =>
        planNumbers(
          MARKET_CODE,
          "buy",
          Object.fromEntries(FEATURES.map(({ name }, i) => [name, plan[i]!])),
        ),
      );
      // Five features, each at most a step off on a distance of at most the resolution, twice.
      const tolerance = (5 * 2 * (resolution + 1)) / resolution ** 2;
      expectNear(encodedDistance(bid!, offer!) / resolution ** 2, exact, tolerance);
    }
  });

  it("are squares beside numbers, and weights beside products, where weights are private", () => {
    const own = { price: 3, quantity: 0, environment: 15, reputation: 1, energyType: 2 };
    const numbers = planNumbers(PRIVATE_CODE, "buy", values);
    const weights = planWeights(PRIVATE_CODE, own);
    expect(encodeOffer(PRIVATE_CODE, values)).to.deep.equal([
      ...numbers.map((z) => z ** 2),
      ...numbers,
    ]);
    const bid = encodeBid(PRIVATE_CODE, values, own);
    const product = (offer: number[]) => bid.reduce((sum, x, i) => sum + x * offer[i]!, 0);
    const own2 = encodedDistance(
      numbers,
      numbers.map(() => 0),
      weights,
    );
    const other = { ...values, price: 555_000, energyType: "wind" };
    expect(product(encodeOffer(PRIVATE_CODE, other)) + own2).to.equal(
      encodedDistance(numbers, planNumbers(PRIVATE_CODE, "sell", other), weights),
    );
  });

  for (const [feature, value] of [
    ["price", 299_999],
    ["price", 700_001],
    ["price", Number.NaN],
    ["price", "420000"],
    ["price", undefined],
    ["energyType", "nuclear"],
    ["energyType", 3],
    ["energyType", "toString"],
  ] as const) {
    it(`refuse a ${feature} of ${value} without telling it`, () => {
      const wrong = { ...values, [feature]: value } as Record<string, number | string>;
      try {
        planNumbers(MARKET_CODE, "sell", wrong);
        expect.fail("was taken");
      } catch (error) {
        expect(error).to.be.instanceOf(FeatureValueError);
        expect((error as Error).message).to.contain(`The plan's ${feature} is not`);
        if (value !== undefined) expect((error as Error).message).not.to.contain(String(value));
      }
    });
  }

  for (const weight of [-1, 16, 1.5, Number.NaN]) {
    it(`refuse a private weight of ${weight}`, () => {
      expect(() => encodeBid(PRIVATE_CODE, values, { price: weight })).to.throw(
        FeatureValueError,
        "weight of price",
      );
    });
  }
});
