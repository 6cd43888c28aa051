import type { FeatureValues } from "../matching/encodePlan.ts";
import type { FeatureCode } from "../matching/featureSchema.ts";

/** What a plan itself says, and what a market may match by. */
export const PLAN_FEATURES = { price: "priceMicroPerKwh", energy: "energyWh" } as const;

/**
 * The features of a plan, price and energy from the plan itself. Energy beyond its range counts as its end: a large plan
 * is like another large one. A price beyond its range cannot be matched by.
 */
export function planFeatures(
  { schema }: Pick<FeatureCode, "schema">,
  plan: { priceMicroPerKwh: bigint; energyWh: bigint; features: FeatureValues },
): FeatureValues {
  const own = { ...plan.features };
  for (const feature of schema.features) {
    if (feature.kind !== "numeric") continue;
    if (feature.name === PLAN_FEATURES.price) own[feature.name] = Number(plan.priceMicroPerKwh);
    if (feature.name === PLAN_FEATURES.energy) {
      const energyWh = Number(plan.energyWh);
      own[feature.name] = Math.min(Math.max(energyWh, feature.least), feature.most);
    }
  }
  return own;
}
