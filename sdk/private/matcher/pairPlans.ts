import { crosses, fillWh, midPriceDown } from "../../mechanisms/greenDoubleAuction.ts";
import type { PlanNote } from "../notes.ts";

/** A plan that can be matched now. */
export interface MatchablePlan {
  plan: PlanNote;
  commitment: bigint;
  strikes: number;
}

/** Two plans that meet, and on what. */
export interface PlanPair<P extends MatchablePlan = MatchablePlan> {
  sell: P;
  buy: P;
  energyWh: bigint;
  priceMicroPerKwh: bigint;
}

type Rank<P> = (left: P, right: P) => number;

const compare = (left: bigint, right: bigint) => (left < right ? -1 : left > right ? 1 : 0);
const priceOf = ({ plan }: MatchablePlan) => plan.priceMicroPerKwh;

// Who was silent before goes last: its next match may well lapse, too.
const byOffer: Rank<MatchablePlan> = (left, right) =>
  left.strikes - right.strikes || compare(priceOf(left), priceOf(right));
const byBid: Rank<MatchablePlan> = (left, right) => compare(priceOf(right), priceOf(left));

/** A pair's smaller plan has at least this part of the larger one's energy, where others can be found for both. */
const FILLED_PART = 10n;

/**
 * The double auction's rule for plans, each of which is in one match at a time: the highest bid meets the lowest ask,
 * and so on, as far as they cross. A pair trades the smaller energy at the mean of its limits, rounded down; what is
 * left of the larger is a new plan for the next round. A tie goes to the plan that is first in the input.
 *
 * Pairs of very unequal plans are formed last, of those that are left: else a plan of one watt-hour at the best price
 * would take the best partner of the round from all others, for no more than its gas.
 * @param plans open ones of one period, in the order in which the book got them
 */
export function pairPlans<P extends MatchablePlan>(plans: readonly P[]): PlanPair<P>[] {
  const offers = plans.filter(({ plan }) => plan.side === "sell").toSorted(byOffer);
  const bids = plans.filter(({ plan }) => plan.side === "buy").toSorted(byBid);
  return [...takePairs(offers, bids, isAlike), ...takePairs(offers, bids, () => true)];
}

/** Takes those who meet out of both lists, the best bid first. */
function takePairs<P extends MatchablePlan>(
  offers: P[],
  bids: P[],
  suits: (sell: PlanNote, buy: PlanNote) => boolean,
): PlanPair<P>[] {
  const pairs: PlanPair<P>[] = [];
  for (const buy of [...bids]) {
    const at = offers.findIndex(({ plan }) => meets(plan, buy.plan) && suits(plan, buy.plan));
    if (at === -1) continue;
    const [sell] = offers.splice(at, 1);
    bids.splice(bids.indexOf(buy), 1);
    pairs.push(pairOf(sell!, buy));
  }
  return pairs;
}

function isAlike({ energyWh: left }: PlanNote, { energyWh: right }: PlanNote): boolean {
  return left <= right * FILLED_PART && right <= left * FILLED_PART;
}

/** Nobody trades with itself: it would pay in proofs for nothing. */
function meets(sell: PlanNote, buy: PlanNote): boolean {
  return sell.owner !== buy.owner && crosses(limitOf(sell), limitOf(buy));
}

function pairOf<P extends MatchablePlan>(sell: P, buy: P): PlanPair<P> {
  return {
    sell,
    buy,
    energyWh: BigInt(fillWh(Number(sell.plan.energyWh), Number(buy.plan.energyWh))),
    priceMicroPerKwh: BigInt(midPriceDown(limitOf(sell.plan), limitOf(buy.plan))),
  };
}

/** Below 2^32, and so exact. */
const limitOf = ({ priceMicroPerKwh }: PlanNote) => Number(priceMicroPerKwh);
