import { keccak256 } from "ethers";
import {
  ROUND_FORMAT,
  type RoundOpening,
  type RoundPlan,
} from "../../../../../sdk/private/rounds/roundOpening.ts";

export const hashOf = (text: string) => keccak256(Buffer.from(text));

/** Plans to buy and to sell in turn, sorted. */
export function plansOf(count: number): RoundPlan[] {
  return Array.from({ length: count }, (_, i) => ({
    plan: 1_000n + BigInt(i),
    contentHash: hashOf(`ciphertext ${i}`),
    side: i % 2 === 0 ? "buy" : "sell",
  }));
}

export function openingOf(plans: readonly RoundPlan[]): RoundOpening {
  const leaves = (side: RoundPlan["side"]) =>
    plans.filter((plan) => plan.side === side).map((_, i) => hashOf(`${side} leaf ${i}`));
  return {
    format: ROUND_FORMAT,
    period: 5n,
    round: 0,
    epoch: 3,
    plans,
    bidLeaves: leaves("buy"),
    offerLeaves: leaves("sell"),
  };
}
