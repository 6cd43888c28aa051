import { BaseError } from "../errors.ts";

/** A purchase or a sell record by its attributes, each at the same place in both. */
export interface MixedRecord {
  /** Price, quantity, environmental index, credit, transmission loss: scaled to a common range, see {@link scaled}. */
  numeric: readonly number[];
  /** Energy type, and whatever else is either the same or not. */
  categorical: readonly string[];
}

/** How much each attribute counts, in the order of the records. */
export interface DissimilarityWeights {
  /** α of formula (3.2). */
  numeric: readonly number[];
  /** β of formula (3.3). */
  categorical: readonly number[];
}

/** Records or weights do not have the same attributes. */
export class AttributeCountError extends BaseError {
  override name = "AttributeCountError";

  constructor(kind: string, counts: readonly number[]) {
    super(`The records and weights have ${counts.join(", ")} ${kind} attributes.`, {
      metaMessages: ["Give all three the same attributes in the same order."],
    });
  }
}

function requireSameCount(kind: string, ...lists: readonly (readonly unknown[])[]): void {
  const counts = lists.map(({ length }) => length);
  if (new Set(counts).size > 1) throw new AttributeCountError(kind, counts);
}

/**
 * Where a value lies between two bounds, 0 to 1: so that every attribute has the same influence (seed 000, section
 * 3.3.1, stage five).
 */
export function scaled(value: number, least: number, most: number): number {
  return most === least ? 0 : (value - least) / (most - least);
}

/** Formula (3.2): the weighted squared Euclidean distance, `d_m = Σ α_l (x_l − z_l)²`. */
export function numericDissimilarity(
  purchase: readonly number[],
  sell: readonly number[],
  weights: readonly number[],
): number {
  requireSameCount("numeric", purchase, sell, weights);
  return weights.reduce((sum, weight, l) => sum + weight * (purchase[l]! - sell[l]!) ** 2, 0);
}

/** Formulas (3.3) and (3.4): what differs counts its weight, `d_n = Σ β_q δ(x_q, z_q)`. */
export function categoricalDissimilarity(
  purchase: readonly string[],
  sell: readonly string[],
  weights: readonly number[],
): number {
  requireSameCount("categorical", purchase, sell, weights);
  return weights.reduce((sum, weight, q) => sum + (purchase[q] === sell[q] ? 0 : weight), 0);
}

/**
 * How badly a sell record suits a purchase record: the multi-factor dissimilarity of K-prototypes (seed 000, section
 * 3.3.1, formula 3.1), `d = d_m + d_n`. The sell record with the smallest one is a purchase's best match.
 * @throws AttributeCountError
 */
export function dissimilarity(
  purchase: MixedRecord,
  sell: MixedRecord,
  weights: DissimilarityWeights,
): number {
  return (
    numericDissimilarity(purchase.numeric, sell.numeric, weights.numeric) +
    categoricalDissimilarity(purchase.categorical, sell.categorical, weights.categorical)
  );
}
