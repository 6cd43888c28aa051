import {
  encodedDistance,
  meetsOffer,
  planNumbers,
  planWeights,
  type FeatureValues,
  type PrivateWeights,
} from "../../sdk/private/matching/encodePlan.ts";
import {
  compileFeatures,
  MAX_PRIVATE_WEIGHT,
  type FeatureCode,
  type NumericFeature,
} from "../../sdk/private/matching/featureSchema.ts";
import { seededRandom } from "../../sdk/seededRandom.ts";

const FEATURES = ["price", "quantity", "environment", "reputation", "east", "north", "loss", "age"];
const STEPS = 1_000;

export interface BookSize {
  /** As many bids as offers. */
  plans: number;
  weights: "market" | "private";
}

/** A random book of plans with eight numeric features, the price a limit. Every thread makes the same one. */
export class BenchBook {
  readonly code: FeatureCode;
  readonly bids: { values: FeatureValues; own: PrivateWeights }[];
  readonly offers: FeatureValues[];

  constructor({ plans, weights }: BookSize) {
    const features = FEATURES.map((name): NumericFeature => ({
      kind: "numeric",
      name,
      least: 0,
      most: STEPS,
      weight: 1,
      limit: name === "price",
    }));
    // Private weights make distances larger: half of the steps.
    const resolution = weights === "market" ? STEPS : STEPS / 2;
    this.code = compileFeatures({ features, resolution, weights });
    const random = seededRandom(1, `${plans} plans`);
    const draw = (below: number) =>
      Object.fromEntries(FEATURES.map((name) => [name, Math.floor(random.uniform() * below)]));
    this.bids = Array.from({ length: plans }, () => ({
      values: draw(STEPS + 1),
      own: draw(MAX_PRIVATE_WEIGHT + 1),
    }));
    this.offers = Array.from({ length: plans }, () => draw(STEPS + 1));
  }

  /** Whether ranks name the offers that a bid meets, in the order of the plain distances. */
  agrees(bid: number, nearest: readonly number[]): boolean {
    const { values, own } = this.bids[bid]!;
    const numbers = planNumbers(this.code, "buy", values);
    const weights =
      this.code.schema.weights === "private" ? planWeights(this.code, own) : undefined;
    const distances = nearest.map((position) =>
      encodedDistance(numbers, planNumbers(this.code, "sell", this.offers[position]!), weights),
    );
    const met = this.offers.filter((offer) => meetsOffer(this.code, values, offer)).length;
    return (
      new Set(nearest).size === met &&
      nearest.every((position) => meetsOffer(this.code, values, this.offers[position]!)) &&
      distances.every((distance, i) => i === 0 || distances[i - 1]! <= distance)
    );
  }
}
