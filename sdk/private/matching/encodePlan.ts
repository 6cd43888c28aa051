import type { Side } from "../notes.ts";
import type { Dimension, FeatureCode, NumericFeature } from "./featureSchema.ts";
import { MAX_PRIVATE_WEIGHT } from "./featureSchema.ts";
import type { LimitCode } from "./limitCode.ts";
import { FeatureValueError } from "./matchingError.ts";

/** What a plan says of each feature, by the feature's name. */
export type FeatureValues = Readonly<Record<string, number | string>>;
/** A buyer's own weights by the feature's name, whole numbers. A feature without one has the schema's. */
export type PrivateWeights = Readonly<Record<string, number>>;

/** Against the plan itself: who bids pays at most what it says, who offers gets at least that. */
const LIMIT_ROUNDING: Record<Side, (value: number) => number> = {
  buy: Math.floor,
  sell: Math.ceil,
};

function valueOf({ name, least, most }: NumericFeature, values: FeatureValues): number {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new FeatureValueError(name, `a number from ${least} to ${most}`);
  }
  return value;
}

/**
 * The number that decides whether a bid meets an offer, rounded down of a bid and up of an offer: where the bid's is
 * not below the offer's, what it says is not below either. Within one step of each other they may not meet.
 */
function limitNumber({ feature, step }: LimitCode, side: Side, values: FeatureValues): number {
  const value = valueOf(feature, values);
  if (!Number.isInteger(value)) {
    throw new FeatureValueError(
      feature.name,
      `a whole number from ${feature.least} to ${feature.most}`,
    );
  }
  // Exact: whole numbers below 2^53 whose quotient is no whole number are further than a rounding from one.
  return LIMIT_ROUNDING[side]((value - feature.least) / step);
}

function numberOf({ feature, category, reach }: Dimension, values: FeatureValues): number {
  if (feature.kind === "numeric") {
    const { least, most } = feature;
    return Math.round((reach * (valueOf(feature, values) - least)) / (most - least));
  }
  const { name, categories } = feature;
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (typeof value !== "string" || !categories.includes(value)) {
    throw new FeatureValueError(name, `one of ${categories.join(", ")}`);
  }
  return value === category ? reach : 0;
}

/**
 * A plan as the whole numbers that are compared, each from 0 to its dimension's reach.
 * @throws FeatureValueError where a value is missing or outside its range
 */
export function planNumbers(
  { dimensions, limit }: FeatureCode,
  side: Side,
  values: FeatureValues,
): number[] {
  return dimensions.map((dimension, block) =>
    block === limit?.block ? limitNumber(limit, side, values) : numberOf(dimension, values),
  );
}

/** The limit where it has a block of its own. */
function ownLimit(
  { limit, summedBlocks }: FeatureCode,
  side: Side,
  values: FeatureValues,
): number[] {
  return limit?.block === summedBlocks ? [limitNumber(limit, side, values)] : [];
}

/** Whether a bid meets an offer, by the numbers that are compared. @throws FeatureValueError */
export function meetsOffer(
  { limit }: FeatureCode,
  bid: FeatureValues,
  offer: FeatureValues,
): boolean {
  return limit === undefined || limitNumber(limit, "buy", bid) >= limitNumber(limit, "sell", offer);
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
  const numbers = planNumbers(code, "buy", values);
  const limit = ownLimit(code, "buy", values);
  if (code.schema.weights === "market") return [...numbers, ...limit];
  const weights = planWeights(code, own);
  return [...weights, ...numbers.map((x, i) => -2 * weights[i]! * x), ...limit];
}

/** What a seller encrypts: with private weights `(z², z)`. @throws FeatureValueError */
export function encodeOffer(code: FeatureCode, values: FeatureValues): number[] {
  const numbers = planNumbers(code, "sell", values);
  const limit = ownLimit(code, "sell", values);
  if (code.schema.weights === "market") return [...numbers, ...limit];
  return [...numbers.map((z) => z * z), ...numbers, ...limit];
}

/** The squared distance of two plans, weighted where weights are private: what is compared under encryption. */
export function encodedDistance(
  bid: readonly number[],
  offer: readonly number[],
  weights?: readonly number[],
): number {
  return bid.reduce((sum, x, i) => sum + (weights?.[i] ?? 1) * (x - offer[i]!) ** 2, 0);
}
