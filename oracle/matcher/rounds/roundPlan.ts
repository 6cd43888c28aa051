import { arrangeRound, type RoundArrangement } from "../../../sdk/private/rounds/arrangeRound.ts";
import { periodSeed } from "../../../sdk/private/rounds/periodSeed.ts";
import {
  ROUND_FORMAT,
  roundId,
  type RoundOpening,
  type RoundPlan,
} from "../../../sdk/private/rounds/roundOpening.ts";
import type { PoolId } from "../../../sdk/private/pool.ts";
import type { RoundPair } from "../../../sdk/private/rounds/pairByRanks.ts";

/** What a round is drawn from. */
export interface RoundMatter {
  pool: PoolId;
  period: bigint;
  round: number;
  epoch: number;
  manifestHash: string;
  epochSeed: Uint8Array;
  beacon: string;
  plans: readonly RoundPlan[];
  /** Plans of the period that are left out, since their uploads cannot be read. */
  lost?: readonly RoundPlan[];
}

/** A round before its first rank. */
export interface DrawnRound {
  opening: RoundOpening;
  roundId: string;
  arrangement: RoundArrangement;
}

/** Draws positions and leaves. From the same matter comes the same round. */
export function drawRound(matter: RoundMatter): DrawnRound {
  const { pool, period, round, epoch, manifestHash, epochSeed, beacon } = matter;
  const plans = sorted(matter.plans);
  const lost = sorted(matter.lost ?? []);
  const arrangement = arrangeRound(periodSeed(epochSeed, beacon), round, plans);
  const opening: RoundOpening = {
    format: ROUND_FORMAT,
    period,
    round,
    epoch,
    plans,
    ...(lost.length === 0 ? {} : { lost }),
    bidLeaves: arrangement.leavesOf("buy"),
    offerLeaves: arrangement.leavesOf("sell"),
  };
  return { opening, roundId: roundId(pool, manifestHash, beacon, opening), arrangement };
}

/** By plan, with what an opening has of each and no more. */
function sorted(plans: readonly RoundPlan[]): RoundPlan[] {
  return plans
    .map(({ plan, contentHash, side }) => ({ plan, contentHash, side }))
    .toSorted((a, b) => (a.plan < b.plan ? -1 : 1));
}

/** What is known of a period's last round. */
export interface LastRound {
  plans: readonly RoundPlan[];
  /** Plans that were paired in it. */
  paired: ReadonlySet<bigint>;
}

/**
 * Whether a further round can form other pairs than the last: both sides must be there, and one plan that was not in the
 * last round, or was paired in it and is open all the same, since its match lapsed or was not formed.
 */
export function isWorthwhile(
  candidates: readonly RoundPlan[],
  last: LastRound | undefined,
): boolean {
  const has = (side: string) => candidates.some((plan) => plan.side === side);
  if (!has("buy") || !has("sell")) return false;
  if (last === undefined) return true;
  const before = new Set(last.plans.map(({ plan }) => plan));
  return candidates.some(({ plan }) => !before.has(plan) || last.paired.has(plan));
}

/** The plans of a round's pairs. */
export function plansOfPairs(
  { bids, offers }: Pick<RoundArrangement, "bids" | "offers">,
  pairs: readonly RoundPair[],
): Set<bigint> {
  return new Set(pairs.flatMap(({ bid, offer }) => [bids[bid]!.plan, offers[offer]!.plan]));
}
