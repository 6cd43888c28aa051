import { AbiCoder, keccak256 } from "ethers";
import { MalformedMessageError } from "../wire/messageError.ts";

/** Two positions that are matched. */
export interface RoundPair {
  bid: number;
  offer: number;
}

/**
 * The rule by which ranks become pairs: bids choose in the order of their positions, each the nearest of its offers that
 * is still free. Both matcher and key holder compute it.
 * @param ranks of each bid by position, the offers that it meets, nearest first; empty where it meets none
 * @param offers how many there are
 * @returns by bid
 * @throws MalformedMessageError where a rank is no offer's position, or a bid has one twice
 */
export function pairByRanks(
  ranks: readonly (readonly number[])[],
  offers = Number.MAX_SAFE_INTEGER,
): RoundPair[] {
  const taken = new Set<number>();
  return ranks.flatMap((nearest, bid) => {
    requireRanks(nearest, bid, offers);
    const offer = nearest.find((position) => !taken.has(position));
    if (offer === undefined) return [];
    taken.add(offer);
    return [{ bid, offer }];
  });
}

/** @throws MalformedMessageError */
function requireRanks(nearest: readonly number[], bid: number, offers: number): void {
  const isPosition = (rank: number) => Number.isSafeInteger(rank) && rank >= 0 && rank < offers;
  if (nearest.every(isPosition) && new Set(nearest).size === nearest.length) return;
  throw new MalformedMessageError(
    `The ranks of the bid at position ${bid} are not different positions of the ${offers} offers.`,
    { metaMessages: ["Ask for the bid's ranks again, and keep what was answered as evidence."] },
  );
}

/** What the key holder logs before it opens any pair. @param pairs by bid, as `pairByRanks` gives them */
export function pairsHash(roundId: string, pairs: readonly RoundPair[]): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["string", "bytes32", "uint256[]", "uint256[]"],
      ["sealwatt pairs 1", roundId, pairs.map(({ bid }) => bid), pairs.map(({ offer }) => offer)],
    ),
  );
}
