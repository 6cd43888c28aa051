import type { Dimension, FeatureCode } from "./featureSchema.ts";
import { MAX_PRIVATE_WEIGHT } from "./featureSchema.ts";
import { FeatureValueError } from "./matchingError.ts";

/** What a plan says of each feature, by the feature's name. */
export type FeatureValues = Readonly<Record<string, number | string>>;
/** A buyer's own weights by the feature's name, whole numbers. A feature without one has the schema's. */
export type PrivateWeights = Readonly<Record<string, number>>;

function numberOf({ feature, category, reach }: Dimension, values: FeatureValues): number {
  const value = Object.hasOwn(values, feature.name) ? values[feature.name] : undefined;
  if (feature.kind === "categorical") {
    if (typeof value !== "string" || !feature.categories.includes(value)) {
      throw new FeatureValueError(feature.name, `one of ${feature.categories.join(", ")}`);
    }
    return value === category ? reach : 0;
  }
  const { least, most } = feature;
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new FeatureValueError(feature.name, `a number from ${least} to ${most}`);
  }
  return Math.round((reach * (value - least)) / (most - least));
}

/**
 * A plan as the whole numbers that are compared, each from 0 to its dimension's reach.
 * @throws FeatureValueError where a value is missing or outside its range
 */
export function planNumbers({ dimensions }: FeatureCode, values: FeatureValues): number[] {
  return dimensions.map((dimension) => numberOf(dimension, values));
}

function weightOf({ feature: { name, weight } }: Dimension, own: PrivateWeights): number {
  const value = Object.hasOwn(own, name) ? own[name]! : Math.round(MAX_PRIVATE_WEIGHT * weight);
  if (!Number.isInteger(value) || value < 0 || value > MAX_PRIVATE_WEIGHT) {
    throw new FeatureValueError(
      `weight of ${name}`,
      `a whole number from 0 to ${MAX_PRIVATE_WEIGHT}`,
    );
  }
  return value;
}

/** The weight of each number of a plan where weights are private. @throws FeatureValueError */
export function planWeights({ dimensions }: FeatureCode, own: PrivateWeights): number[] {
  return dimensions.map((dimension) => weightOf(dimension, own));
}

/**
 * What a buyer encrypts, a number a block.
 * With private weights `Σ α (x − z)²` is `Σ α x²`, the same for all offers and left out, and the product of this,
 * `(α, −2 α x)`, with what {@link encodeOffer} gives.
 * @throws FeatureValueError
 */
export function encodeBid(
  code: FeatureCode,
  values: FeatureValues,
  own: PrivateWeights = {},
): number[] {
  const numbers = planNumbers(code, values);
  if (code.schema.weights === "market") return numbers;
  const weights = planWeights(code, own);
  return [...weights, ...numbers.map((x, i) => -2 * weights[i]! * x)];
}

/** What a seller encrypts: with private weights `(z², z)`. @throws FeatureValueError */
export function encodeOffer(code: FeatureCode, values: FeatureValues): number[] {
  const numbers = planNumbers(code, values);
  if (code.schema.weights === "market") return numbers;
  return [...numbers.map((z) => z * z), ...numbers];
}

/** The squared distance of two plans, weighted where weights are private: what is compared under encryption. */
export function encodedDistance(
  bid: readonly number[],
  offer: readonly number[],
  weights?: readonly number[],
): number {
  return bid.reduce((sum, x, i) => sum + (weights?.[i] ?? 1) * (x - offer[i]!) ** 2, 0);
}
