import type { FeatureCode } from "../../../sdk/private/matching/featureSchema.ts";
import type { KeptPair, OpenedNumbers } from "../store/roundRows.ts";

/** An answer about a bid whose order is not that of the plans themselves. */
export interface RankFault {
  bid: number;
  offers: number[];
}

/** The distance of two plans, as far as the order of a bid's offers goes. */
function distanceOf(
  { schema, summedBlocks }: FeatureCode,
  bid: readonly number[],
  offer: readonly number[],
): number {
  const isProduct = schema.weights === "private";
  let sum = 0;
  for (let block = 0; block < summedBlocks; block++) {
    const [x, z] = [bid[block]!, offer[block]!];
    sum += isProduct ? x * z : (x - z) ** 2;
  }
  return sum;
}

/**
 * Compares what was ranked with the plans that were opened since: of each opened bid, the opened offers must be in the
 * order of their distances, and those that it meets. A matcher that had other ciphertexts ranked is found out, unless what
 * it did makes no difference to any plan that traded.
 * @param pairs that were opened, of honest plans
 * @param ranksOf what was answered about the bid at a position
 */
export function rankFaults(
  code: FeatureCode,
  pairs: readonly KeptPair[],
  ranksOf: (bid: number) => { nearest: readonly number[]; outOfRange: readonly number[] },
): RankFault[] {
  const opened = pairs.filter((pair): pair is KeptPair & { numbers: OpenedNumbers } => {
    return pair.numbers !== undefined;
  });
  const offers = new Map(opened.map(({ offer, numbers }) => [offer, numbers.offer]));
  return opened.flatMap(({ bid, numbers }) => {
    const { nearest, outOfRange } = ranksOf(bid);
    const told = new Set(nearest);
    const unfit = new Set(outOfRange);
    const wrong = [...offers].filter(([offer, of]) => {
      return unfit.has(offer) || told.has(offer) !== meets(code, numbers.bid, of);
    });
    const misplaced = misorder(
      nearest.filter((offer) => offers.has(offer)),
      (offer) => distanceOf(code, numbers.bid, offers.get(offer)!),
    );
    const faulty = [...wrong.map(([offer]) => offer), ...misplaced];
    return faulty.length === 0 ? [] : [{ bid, offers: faulty }];
  });
}

function meets({ limit }: FeatureCode, bid: readonly number[], offer: readonly number[]): boolean {
  return limit === undefined || bid[limit.block]! >= offer[limit.block]!;
}

/** Those that are nearer than who is told before them. */
function misorder(ranked: readonly number[], distance: (offer: number) => number): number[] {
  let largest = -Infinity;
  return ranked.filter((offer) => {
    const own = distance(offer);
    if (own < largest) return true;
    largest = own;
    return false;
  });
}
