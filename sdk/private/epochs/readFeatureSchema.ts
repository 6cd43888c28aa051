import type { Feature, FeatureSchema } from "../matching/featureSchema.ts";
import {
  array,
  boolean,
  finite,
  object,
  oneOf,
  optional,
  text,
  uint,
  type Reader,
} from "../wire/readers.ts";

const MOST_FEATURES = 64;
const name = text(64);

const numeric = object({
  kind: oneOf("numeric"),
  name,
  least: finite,
  most: finite,
  weight: finite,
  limit: optional(boolean),
});
const categorical = object({
  kind: oneOf("categorical"),
  name,
  categories: array(name, MOST_FEATURES),
  weight: finite,
});

const feature: Reader<Feature> = (value, path) =>
  (value as { kind?: unknown } | null)?.kind === "categorical"
    ? categorical(value, path)
    : numeric(value, path);

/** Takes a schema out of what somebody sent. Whether it can be matched by, `compileFeatures` says. */
export const readFeatureSchema: Reader<FeatureSchema> = object({
  features: array(feature, MOST_FEATURES),
  resolution: uint(),
  weights: oneOf("market", "private"),
});
