import { expect } from "chai";
import { DistanceMasker } from "../../../../../sdk/private/matching/distanceMasker.ts";
import {
  encodedDistance,
  meetsOffer,
  planNumbers,
  planWeights,
  type FeatureValues,
  type PrivateWeights,
} from "../../../../../sdk/private/matching/encodePlan.ts";
import {
  compileFeatures,
  MAX_PRIVATE_WEIGHT,
  type Feature,
  type FeatureCode,
  type FeatureSchema,
} from "../../../../../sdk/private/matching/featureSchema.ts";
import { createHeKeys, type HeKeys } from "../../../../../sdk/private/matching/heKeys.ts";
import { HeScheme } from "../../../../../sdk/private/matching/heScheme.ts";
import { OfferPacker } from "../../../../../sdk/private/matching/offerPacker.ts";
import {
  DELIVERY_PARAMETERS,
  MATCHING_PARAMETERS,
} from "../../../../../sdk/private/matching/parameters.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { RankReader, type Ranking } from "../../../../../sdk/private/matching/rankReader.ts";
import { SlotLayout } from "../../../../../sdk/private/matching/slotLayout.ts";

export const SEED = new Uint8Array(32).fill(7);

export const FEATURES: readonly Feature[] = [
  { kind: "numeric", name: "price", least: 300_000, most: 700_000, weight: 1 },
  { kind: "numeric", name: "quantity", least: 0, most: 50_000, weight: 0.5 },
  { kind: "numeric", name: "environment", least: 0, most: 100, weight: 0.75 },
  { kind: "numeric", name: "reputation", least: 0, most: 100, weight: 0.25 },
  {
    kind: "categorical",
    name: "energyType",
    categories: ["wind", "hydro", "fossil", "solar", "bio"],
    weight: 0.5,
  },
];

export const MARKET_CODE = compileFeatures({
  features: FEATURES,
  resolution: 1023,
  weights: "market",
});
export const PRIVATE_CODE = compileFeatures({
  features: FEATURES,
  resolution: 511,
  weights: "private",
});

const PRICE = FEATURES[0]!;

/** The same with the price as a limit: 500 steps of 800, unless the resolution is another. */
export function limitCode(
  weights: FeatureSchema["weights"],
  { priceWeight = 1, resolution = 500 } = {},
): FeatureCode {
  const price = { ...PRICE, weight: priceWeight, limit: true };
  return compileFeatures({ features: [price, ...FEATURES.slice(1)], resolution, weights });
}

/** A scheme with keys: making one takes a while, and many tests can share it. */
export interface KeyedScheme {
  scheme: HeScheme;
  keys: HeKeys;
}

let matching: Promise<KeyedScheme> | undefined;
let delivery: Promise<KeyedScheme> | undefined;

async function keyed(parameters: typeof MATCHING_PARAMETERS): Promise<KeyedScheme> {
  const scheme = await HeScheme.create(parameters);
  return { scheme, keys: createHeKeys(scheme) };
}

export const matchingScheme = (): Promise<KeyedScheme> => (matching ??= keyed(MATCHING_PARAMETERS));
export const deliveryScheme = (): Promise<KeyedScheme> => (delivery ??= keyed(DELIVERY_PARAMETERS));

export interface BidScene {
  values: FeatureValues;
  own?: PrivateWeights;
}

/** The packs of offers' ciphertexts, each at the position of its index. */
export function packOffers(
  { scheme }: KeyedScheme,
  code: FeatureCode,
  offers: readonly Uint8Array[],
): Uint8Array[] {
  const layout = new SlotLayout(code, scheme.slots);
  const packer = new OfferPacker(scheme, code);
  return Array.from({ length: layout.packsFor(offers.length) }, (_, pack) => {
    const start = pack * layout.packSize;
    offers
      .slice(start, start + layout.packSize)
      .forEach((bytes, position) => packer.add(position, bytes));
    return packer.finish();
  });
}

/** What the key holder answers for each bid, from ciphertexts. */
export function rankCiphertexts(
  { scheme, keys }: KeyedScheme,
  code: FeatureCode,
  bids: readonly Uint8Array[],
  offers: readonly Uint8Array[],
  seed = SEED,
): Ranking[] {
  const packs = packOffers({ scheme, keys }, code, offers);
  const masker = new DistanceMasker(scheme, code, { ...keys, seed }, packs, offers.length);
  const reader = new RankReader(scheme, code, keys.secretKey);
  return bids.map((bytes) => reader.rank(masker.mask(bytes), offers.length));
}

/** Encrypts a book and ranks it. */
export function rankBook(
  keyedScheme: KeyedScheme,
  code: FeatureCode,
  bids: readonly BidScene[],
  offers: readonly FeatureValues[],
  seed = SEED,
): Ranking[] {
  const cipher = new PlanCipher(keyedScheme.scheme, code, keyedScheme.keys.publicKey);
  return rankCiphertexts(
    keyedScheme,
    code,
    bids.map(({ values, own }) => cipher.encryptBid(values, own).bytes),
    offers.map((values) => cipher.encryptOffer(values).bytes),
    seed,
  );
}

/** A bid's distances to the offers, in the clear. */
export function plainDistances(
  code: FeatureCode,
  { values, own }: BidScene,
  offers: readonly FeatureValues[],
): number[] {
  const weights = code.schema.weights === "private" ? planWeights(code, own ?? {}) : undefined;
  const bid = planNumbers(code, "buy", values);
  return offers.map((offer) => encodedDistance(bid, planNumbers(code, "sell", offer), weights));
}

/** A plan anywhere in the ranges. */
export function randomValues(random: () => number): FeatureValues {
  return Object.fromEntries(
    FEATURES.map((feature) => [
      feature.name,
      feature.kind === "numeric"
        ? feature.least + Math.floor(random() * (feature.most - feature.least + 1))
        : feature.categories[Math.floor(random() * feature.categories.length)]!,
    ]),
  );
}

/** A buyer's own weights. */
export function randomWeights(random: () => number): PrivateWeights {
  return Object.fromEntries(
    FEATURES.map(({ name }) => [name, Math.floor(random() * (MAX_PRIVATE_WEIGHT + 1))]),
  );
}

/** A plan at one end of every range. */
export const LEAST: FeatureValues = {
  price: 300_000,
  quantity: 0,
  environment: 0,
  reputation: 0,
  energyType: "wind",
};
/** And one at the other. */
export const MOST: FeatureValues = {
  price: 700_000,
  quantity: 50_000,
  environment: 100,
  reputation: 100,
  energyType: "bio",
};

/**
 * The ranks must have every offer that the bid meets once, in the order of the plain distances; those of equal ones
 * may be in any.
 */
export async function expectPlainRanks(
  code: FeatureCode,
  bids: readonly BidScene[],
  offers: readonly FeatureValues[],
): Promise<void> {
  const rankings = rankBook(await matchingScheme(), code, bids, offers);
  rankings.forEach(({ nearest, outOfRange }, i) => {
    const distances = plainDistances(code, bids[i]!, offers);
    const met = [...offers.keys()].filter((position) =>
      meetsOffer(code, bids[i]!.values, offers[position]!),
    );
    expect(outOfRange, `bid ${i}`).to.be.empty;
    expect([...nearest].sort((a, b) => a - b)).to.deep.equal(met);
    expect(
      nearest.map((position) => distances[position]),
      `bid ${i}`,
    ).to.deep.equal(met.map((position) => distances[position]!).sort((a, b) => a - b));
  });
}
