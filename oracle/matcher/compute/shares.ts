import { compileFeatures } from "../../../sdk/private/matching/featureSchema.ts";
import { MATCHING_PARAMETERS } from "../../../sdk/private/matching/parameters.ts";
import { SlotLayout } from "../../../sdk/private/matching/slotLayout.ts";
import type { RoundWork } from "./distanceEngine.ts";

/** An offer and its place in a pack. */
export interface Place {
  place: number;
  contentHash: string;
}

/** Offers of one pack. */
export interface PackShare {
  pack: number;
  offers: Place[];
}

/** Where a round's offers lie. */
export function layoutOf({ schema }: RoundWork): SlotLayout {
  return new SlotLayout(compileFeatures(schema), MATCHING_PARAMETERS.polyModulusDegree);
}

/** The positions of bids that are to be done. */
export function positionsOf({ bids, skip }: RoundWork): number[] {
  return [...bids.keys()].filter((position) => skip?.has(position) !== true);
}

/** @param size of each share but the last */
export function cut<T>(items: readonly T[], size: number): T[][] {
  const shares: T[][] = [];
  for (let i = 0; i < items.length; i += size) shares.push(items.slice(i, i + size));
  return shares;
}

/** Of 400 kB each. */
const MOST_OFFERS_A_SHARE = 32;

/** A round's offers in shares of one pack each. @param shares of a full pack, where that makes them no larger than they may be */
export function packShares(work: RoundWork, shares: number): PackShare[] {
  const { packSize } = layoutOf(work);
  return cut(work.offers, packSize).flatMap((hashes, pack) => {
    const offers = hashes.map((contentHash, place) => ({ contentHash, place }));
    const size = Math.min(MOST_OFFERS_A_SHARE, Math.ceil(offers.length / shares));
    return cut(offers, size).map((share) => ({ pack, offers: share }));
  });
}
