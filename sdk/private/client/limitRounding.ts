import type { FeatureCode } from "../matching/featureSchema.ts";
import type { Side } from "../notes.ts";

/** What becomes of a plan's limit where it is matched: it is rounded to a whole step, never against its owner. */
export interface LimitRounding {
  /** What the plan says, and what the chain holds it to. */
  value: number;
  /** What it is matched as: at most the value of a bid, at least that of an offer. */
  matchedAs: number;
  /** How far apart two limits are that differ. */
  step: number;
}

/** @returns undefined where the market matches by no limit */
export function limitRounding(
  { limit }: FeatureCode,
  side: Side,
  value: number,
): LimitRounding | undefined {
  if (limit === undefined) return undefined;
  const { feature, step } = limit;
  const round = side === "buy" ? Math.floor : Math.ceil;
  return { value, matchedAs: feature.least + step * round((value - feature.least) / step), step };
}
