import type { RoundArrangement } from "../../../sdk/private/rounds/arrangeRound.ts";
import type { RoundPair } from "../../../sdk/private/rounds/pairByRanks.ts";
import { pairsHash } from "../../../sdk/private/rounds/pairByRanks.ts";
import { encodeFrame } from "../../../sdk/private/wire/frame.ts";
import type { MaskedBid } from "../compute/distanceEngine.ts";
import {
  readBeacon,
  readCheaters,
  readFinished,
  readFormed,
  readPairs,
  readRanks,
  readRound,
  type Finished,
  type Formed,
  type Ranks,
} from "../keyHolder/answerReaders.ts";
import type { Question } from "../keyHolder/keyHolderClient.ts";
import type { StoredRound } from "../store/roundBook.ts";

// What a round asks the key holder, and which answers cannot be.

const unless = (isRight: boolean, fact: string) => (isRight ? undefined : fact);

export function beaconQuestion(period: bigint): Question<{ period: bigint; beacon: string }> {
  return {
    name: `beacon ${period}`,
    path: "/beacons",
    body: async () => ({ period }),
    read: readBeacon,
    fault: (answer) => unless(answer.period === period, `it is for period ${answer.period}.`),
  };
}

export function openQuestion({ roundId, opening }: StoredRound): Question<{ id: string }> {
  return {
    name: `round ${roundId}`,
    path: "/rounds",
    body: async () => opening,
    read: readRound,
    fault: ({ id }) => unless(id === roundId, `it calls the round ${id}.`),
  };
}

export function squaresQuestion(
  { roundId, opening }: StoredRound,
  masked: () => Promise<readonly Uint8Array[]>,
): Question<{ cheaters: number[] }> {
  return {
    name: `squares ${roundId}`,
    path: `/rounds/${roundId}/squares`,
    body: async () => encodeFrame({}, await masked()),
    read: readCheaters,
    fault: ({ cheaters }) => faultOfPositions(cheaters, opening.offerLeaves.length),
  };
}

/** What the names of a round's ranks begin with. */
export const ranksPrefix = ({ roundId }: StoredRound) => `ranks ${roundId} `;

/** @param cheaters offers that are in no ranks */
export function ranksQuestion(
  round: StoredRound,
  position: number,
  cheaters: ReadonlySet<number>,
  masked: MaskedBid,
): Question<Ranks> {
  return { ...ranksRead(round, position, cheaters), body: async () => frameOf(masked) };
}

function frameOf({ distances, limits }: MaskedBid): Uint8Array {
  const header = { distances: distances.length, limits: limits.length };
  return encodeFrame(header, [...distances, ...limits]);
}

/** As `ranksQuestion`, for an answer that is there. */
export function ranksRead(
  round: StoredRound,
  position: number,
  cheaters: ReadonlySet<number>,
): Omit<Question<Ranks>, "body"> {
  return {
    name: `${ranksPrefix(round)}${position}`,
    path: `/rounds/${round.roundId}/bids/${position}`,
    read: readRanks,
    fault: (ranks) => {
      if (ranks.position !== position) return `it is for position ${ranks.position}.`;
      const told = [...ranks.nearest, ...ranks.outOfRange];
      if (told.some((offer) => cheaters.has(offer))) return "it ranks an offer that cheats.";
      return faultOfPositions(told, round.opening.offerLeaves.length);
    },
  };
}

export function pairsQuestion(
  { roundId }: StoredRound,
  pairs: readonly RoundPair[],
): Question<{ pairsHash: string }> {
  return {
    name: `pairs ${roundId}`,
    path: `/rounds/${roundId}/pairs`,
    body: async () => ({ pairs: pairs.map(({ bid, offer }) => [bid, offer]) }),
    read: readPairs,
    fault: (answer) =>
      unless(
        answer.pairsHash === pairsHash(roundId, pairs),
        "it is the hash of other pairs than its own ranks give.",
      ),
  };
}

/** @param blob reads an envelope or a ciphertext by its hash */
export function openPairQuestion(
  { roundId }: StoredRound,
  { bid, offer }: RoundPair,
  { bids, offers, saltOf }: RoundArrangement,
  partsOf: (plan: bigint) => Promise<[envelope: Uint8Array, ciphertext: Uint8Array]>,
): Question<Formed> {
  const bought = bids[bid]!;
  const sold = offers[offer]!;
  return {
    name: `pair ${roundId} ${bid}`,
    path: `/rounds/${roundId}/pairs/${bid}`,
    body: async () => {
      const header = {
        bid: { salt: saltOf("buy", bid), plan: bought.plan, contentHash: bought.contentHash },
        offer: { salt: saltOf("sell", offer), plan: sold.plan, contentHash: sold.contentHash },
      };
      const parts = [...(await partsOf(bought.plan)), ...(await partsOf(sold.plan))];
      return encodeFrame(header, parts);
    },
    read: readFormed,
    fault: ({ formed, banned = [] }) => {
      if (formed && banned.length > 0) return "it forms a match of plans that it bans.";
      const isOther = banned.some((plan) => plan !== bought.plan && plan !== sold.plan);
      return unless(!isOther, "it bans a plan that is not of the pair.");
    },
  };
}

/** @param formed the pairs that it said it formed, as plans */
export function finishQuestion(
  { roundId }: StoredRound,
  formed: readonly { sellPlan: bigint; buyPlan: bigint }[],
): Question<Finished> {
  return {
    name: `finish ${roundId}`,
    path: `/rounds/${roundId}/finish`,
    body: async () => ({}),
    read: readFinished,
    fault: ({ proposed, refused }) => {
      const keyOf = ({ sellPlan, buyPlan }: { sellPlan: bigint; buyPlan: bigint }) =>
        `${sellPlan} ${buyPlan}`;
      const told = [...proposed, ...refused].map(keyOf);
      const known = new Set(formed.map(keyOf));
      // Some may be missing: those are proposed later.
      const isKnown = new Set(told).size === told.length && told.every((key) => known.has(key));
      return unless(isKnown, "it names other matches than those that it formed.");
    },
  };
}

function faultOfPositions(positions: readonly number[], offers: number): string | undefined {
  const above = positions.find((position) => position >= offers);
  if (above !== undefined) return `it names position ${above} of ${offers} offers.`;
  const isEachOnce = new Set(positions).size === positions.length;
  return unless(isEachOnce, "it names a position twice.");
}
