import { showValue } from "../../errors.ts";
import { compileLimit, type LimitCode } from "./limitCode.ts";
import { FeatureSchemaError } from "./matchingError.ts";
import { MATCHING_PARAMETERS } from "./parameters.ts";

/** A number that plans are compared by: its distance counts with its square, formula (3.2). */
export interface NumericFeature {
  kind: "numeric";
  name: string;
  /** The bounds of what a plan may say; they are one common unit apart for every feature. */
  least: number;
  most: number;
  /** α, 0 to 1. Where weights are private, what a buyer that has none of its own takes. */
  weight: number;
  /** A bid takes no offer whose value is above its own: the price. At most one feature of a schema. */
  limit?: boolean;
}

/** A word that plans either share or not, formulas (3.3) and (3.4). */
export interface CategoricalFeature {
  kind: "categorical";
  name: string;
  categories: readonly string[];
  /** β, 0 to 1. */
  weight: number;
}

export type Feature = NumericFeature | CategoricalFeature;

/** What a market matches by. Public, and the same for everybody. */
export interface FeatureSchema {
  features: readonly Feature[];
  /** How many steps a numeric feature of weight 1 has between its bounds. */
  resolution: number;
  /** `market`: one set of weights, folded into what is encrypted. `private`: each buyer has its own. */
  weights: "market" | "private";
}

/** One number of a plan: a numeric feature, or one category of a categorical one (0, or `reach` where it is chosen). */
export interface Dimension {
  feature: Feature;
  /** Of a categorical feature. */
  category: string | undefined;
  /** The largest value. */
  reach: number;
}

/** A schema that was found good, with what follows from it. */
export interface FeatureCode {
  schema: FeatureSchema;
  dimensions: readonly Dimension[];
  /** How many numbers a ciphertext carries, each in a block of slots of its own. */
  blocks: number;
  /** How many of them, the first ones, a distance is the sum of. */
  summedBlocks: number;
  /** What a bid has to meet, if anything. */
  limit: LimitCode | undefined;
  /** No distance of plans that keep to the ranges is larger. */
  maxDistance: number;
  /** Makes the least possible distance 0: where weights are private, a part equal for all offers is left out. */
  distanceOffset: number;
}

/** The largest private weight; they are whole numbers. */
export const MAX_PRIVATE_WEIGHT = 15;

/** The mask of a distance multiplies it by a random number from here on, see `distanceMasks`. */
export const LEAST_FACTOR = 2 ** 6;
/** And at most by this: more would cost noise budget. */
export const MOST_FACTOR = 2 ** 11;
/** Room that is asked for above the least factor, so that the factor hides a distance's scale. */
const FACTOR_ROOM = 4;

const MAX_DIMENSIONS = 64;

/** What a distance times its factor stays below. */
export function largestProduct(): number {
  return Math.floor(Number(MATCHING_PARAMETERS.plainModulus) / 2);
}

function fault(message: string, remedy: string): FeatureSchemaError {
  return new FeatureSchemaError(message, { metaMessages: [remedy] });
}

function checkFeature(feature: Feature): void {
  const { name, weight } = feature;
  if (!(weight >= 0 && weight <= 1)) {
    throw fault(`The weight of ${showValue(name)} is ${weight}.`, "Give a weight from 0 to 1.");
  }
  if (feature.kind === "numeric") {
    const { least, most } = feature;
    if (!Number.isFinite(least) || !Number.isFinite(most) || least >= most) {
      throw fault(
        `The range of ${showValue(name)} is ${least} to ${most}.`,
        "Give a least value below the most.",
      );
    }
  } else if (
    feature.categories.length < 2 ||
    new Set(feature.categories).size < feature.categories.length
  ) {
    throw fault(
      `The categories of ${showValue(name)} are ${showValue(feature.categories)}.`,
      "Give two or more, all different.",
    );
  }
}

/**
 * Market-wide weights are folded into the numbers: a feature has `resolution · √weight` steps, so that its squared
 * difference counts `weight · resolution²` over the whole range. Two chosen categories that differ are in two places
 * apart, each by `reach`: hence the half.
 */
function dimensionsOf({ features, resolution, weights }: FeatureSchema): Dimension[] {
  return features.flatMap((feature): Dimension[] => {
    const weight = weights === "market" ? feature.weight : 1;
    if (feature.kind === "numeric") {
      return [{ feature, category: undefined, reach: Math.round(resolution * Math.sqrt(weight)) }];
    }
    const reach = Math.round(resolution * Math.sqrt(weight / 2));
    return feature.categories.map((category) => ({ feature, category, reach }));
  });
}

/** The most that one feature adds to a distance, of weight 1. */
function largestSquare(feature: Feature, dimensions: readonly Dimension[]): number {
  const { reach } = dimensions.find((dimension) => dimension.feature === feature)!;
  return (feature.kind === "numeric" ? 1 : 2) * reach ** 2;
}

/**
 * Checks a schema and proves that no distance overflows: the largest weighted squared distance of two plans within
 * the ranges, times the least mask that may be taken, must be below half of the plain modulus.
 * @throws FeatureSchemaError
 */
export function compileFeatures(schema: FeatureSchema): FeatureCode {
  const { features, resolution, weights } = schema;
  if (features.length === 0) throw fault("There is no feature.", "Name what plans are matched by.");
  if (new Set(features.map(({ name }) => name)).size < features.length) {
    throw fault("Two features have one name.", "Give each its own.");
  }
  if (!Number.isInteger(resolution) || resolution < 1) {
    throw fault(`The resolution is ${resolution}.`, "Give a whole number of steps, 1 or more.");
  }
  features.forEach(checkFeature);
  const dimensions = dimensionsOf(schema);
  if (dimensions.length > MAX_DIMENSIONS) {
    throw fault(
      `The features are ${dimensions.length} numbers of a plan.`,
      `Take at most ${MAX_DIMENSIONS}; a category is one.`,
    );
  }
  const squares = features.reduce((sum, feature) => sum + largestSquare(feature, dimensions), 0);
  // With private weights d − Σ α x² is computed, which lies between −W·squares and W·squares.
  const distanceOffset = weights === "market" ? 0 : MAX_PRIVATE_WEIGHT * squares;
  const maxDistance = weights === "market" ? squares : 2 * distanceOffset;
  const bound = Math.floor(largestProduct() / (LEAST_FACTOR * FACTOR_ROOM)) - 1;
  if (maxDistance > bound) {
    throw fault(
      `Distances reach ${maxDistance}, above ${bound}: masked they would overflow the plain modulus.`,
      "Lower the resolution, or the weights.",
    );
  }
  const summedBlocks = weights === "market" ? dimensions.length : 2 * dimensions.length;
  const limit = compileLimit(schema, dimensions, summedBlocks);
  const blocks = Math.max(summedBlocks, (limit?.block ?? 0) + 1);
  return { schema, dimensions, blocks, summedBlocks, limit, maxDistance, distanceOffset };
}
