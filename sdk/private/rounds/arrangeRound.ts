import { AbiCoder, keccak256 } from "ethers";
import { arrangeOffers } from "../matching/arrangeOffers.ts";
import { sideCode, type Side } from "../notes.ts";
import { positionLeaf } from "./positionLeaf.ts";
import type { RoundPlan } from "./roundOpening.ts";

/** A round's plans in their secret positions. */
export interface RoundArrangement {
  /** By position. */
  bids: readonly RoundPlan[];
  offers: readonly RoundPlan[];
  /** What hides who has a position, 32 bytes in hex. */
  saltOf: (side: Side, position: number) => string;
  /** By position. */
  leavesOf: (side: Side) => string[];
}

/**
 * Draws the positions of a round's plans. From one seed they come out the same, in whatever order plans are given.
 * @param seed of the period
 * @param round its index in the period: each round has an order of its own
 */
export function arrangeRound(
  seed: Uint8Array,
  round: number,
  plans: readonly RoundPlan[],
): RoundArrangement {
  const arranged = { buy: arrangeSide("buy"), sell: arrangeSide("sell") };
  const saltOf = (side: Side, position: number) =>
    keccak256(
      AbiCoder.defaultAbiCoder().encode(
        ["string", "bytes32", "uint256", "uint8", "uint256"],
        ["sealwatt position salt 1", seed, round, sideCode(side), position],
      ),
    );
  return {
    bids: arranged.buy,
    offers: arranged.sell,
    saltOf,
    leavesOf: (side) =>
      arranged[side].map((plan, position) =>
        positionLeaf({ ...plan, position, salt: saltOf(side, position) }),
      ),
  };

  function arrangeSide(side: Side): RoundPlan[] {
    const byPlan = new Map(
      plans.filter((plan) => plan.side === side).map((plan) => [plan.plan.toString(), plan]),
    );
    return arrangeOffers(seed, [...byPlan.keys()], side, round).map((plan) => byPlan.get(plan)!);
  }
}
