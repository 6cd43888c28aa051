import type { FeatureSchema } from "./featureSchema.ts";

/**
 * What a market matches by unless it says otherwise: the attributes of the source's records (seed 000, tables 3.2 and
 * 3.4) within the ranges of its experiment (section 3.5.1), all of one weight. A buyer's preferences are the index and
 * the type that it names; transmission loss is the distance, 1% a kilometre, of two places. A bid whose price is a
 * multiple of a step, 1,000, meets every offer with such a price that is not above it.
 */
export const DEFAULT_FEATURES: FeatureSchema = {
  features: [
    {
      kind: "numeric",
      name: "priceMicroPerKwh",
      least: 0,
      most: 1_000_000,
      weight: 1,
      limit: true,
    },
    { kind: "numeric", name: "energyWh", least: 0, most: 50_000, weight: 1 },
    { kind: "numeric", name: "environmentalIndex", least: 0, most: 100, weight: 1 },
    { kind: "numeric", name: "reputation", least: 0, most: 100, weight: 1 },
    { kind: "numeric", name: "eastM", least: 0, most: 10_000, weight: 1 },
    { kind: "numeric", name: "northM", least: 0, most: 10_000, weight: 1 },
    {
      kind: "categorical",
      name: "energyType",
      categories: ["wind", "hydro", "fossil", "solar", "bio"],
      weight: 1,
    },
  ],
  resolution: 1_000,
  weights: "market",
};
