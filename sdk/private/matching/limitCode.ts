import { showValue } from "../../errors.ts";
import type { Dimension, Feature, FeatureSchema, NumericFeature } from "./featureSchema.ts";
import { FeatureSchemaError } from "./matchingError.ts";

/** The numbers that say whether a bid meets an offer: it does where its own is not below the offer's. */
export interface LimitCode {
  feature: NumericFeature;
  /** Where a plan's ciphertext has the number. */
  block: number;
  /** The largest number. */
  reach: number;
  /** How far apart two numbers are, in the feature's unit: a whole number, so that rounding is exact. */
  step: number;
}

/** More would leave the masks of limits too little room to hide sizes, see `limitMasks`. */
export const MOST_LIMIT_STEPS = 2 ** 18;

function isLimit(feature: Feature): feature is NumericFeature {
  return feature.kind === "numeric" && feature.limit === true;
}

function checkLimit({ name, least, most }: NumericFeature, reach: number): void {
  if (!Number.isSafeInteger(least) || !Number.isSafeInteger(most) || (most - least) % reach !== 0) {
    throw new FeatureSchemaError(
      `The range of the limit ${showValue(name)}, ${least} to ${most}, is not ${reach} whole steps.`,
      { metaMessages: ["Give it a range that the resolution divides."] },
    );
  }
  if (reach > MOST_LIMIT_STEPS) {
    throw new FeatureSchemaError(
      `The limit ${showValue(name)} has ${reach} steps, above ${MOST_LIMIT_STEPS}.`,
      { metaMessages: ["Lower the resolution."] },
    );
  }
}

/**
 * Where a schema's limit lies. It always has all steps of the resolution: the block that its distance is computed from
 * holds it where that has them too, which is with a market-wide weight of 1; else it has the block after the last one.
 * @throws FeatureSchemaError
 */
export function compileLimit(
  { features, resolution, weights }: FeatureSchema,
  dimensions: readonly Dimension[],
  summedBlocks: number,
): LimitCode | undefined {
  const [feature, ...others] = features.filter(isLimit);
  if (feature === undefined) return undefined;
  if (others.length > 0) {
    throw new FeatureSchemaError(`There are ${others.length + 1} limits.`, {
      metaMessages: ["Name one feature that a bid must meet: the price."],
    });
  }
  checkLimit(feature, resolution);
  const ofDistance = dimensions.findIndex((dimension) => dimension.feature === feature);
  const isShared = weights === "market" && dimensions[ofDistance]!.reach === resolution;
  return {
    feature,
    block: isShared ? ofDistance : summedBlocks,
    reach: resolution,
    step: (feature.most - feature.least) / resolution,
  };
}
