import { AbiCoder, concat, getAddress, keccak256, solidityPacked } from "ethers";
import { FIELD_ORDER, MAX_PERIOD } from "../field.ts";
import { sideCode, type Side } from "../notes.ts";
import type { PoolId } from "../pool.ts";
import { MalformedMessageError } from "../wire/messageError.ts";
import { array, bigint, hash, object, oneOf, optional, uint } from "../wire/readers.ts";
import { MOST_PLANS } from "./roundLimits.ts";

export const ROUND_FORMAT = "sealwatt round 1";

/** A plan that takes part in a round, with its ciphertext. */
export interface RoundPlan {
  plan: bigint;
  contentHash: string;
  side: Side;
}

/** What a matcher commits to before it learns any rank. */
export interface RoundOpening {
  format: typeof ROUND_FORMAT;
  period: bigint;
  /** From 0, within the period. */
  round: number;
  epoch: number;
  /** Sorted by plan, none twice. */
  plans: readonly RoundPlan[];
  /**
   * Plans that take no part, since the matcher cannot read their uploads any more: sorted, none of them in `plans`. Not
   * there where there is none.
   */
  lost?: readonly RoundPlan[];
  /** By position: see `positionLeaf`. */
  bidLeaves: readonly string[];
  offerLeaves: readonly string[];
}

const readPlans = array(
  object({ plan: bigint(FIELD_ORDER - 1n), contentHash: hash, side: oneOf("buy", "sell") }),
  MOST_PLANS,
);

const readOpening = object({
  format: oneOf(ROUND_FORMAT),
  period: bigint(MAX_PERIOD),
  round: uint(255),
  epoch: uint(2 ** 32 - 1),
  plans: readPlans,
  lost: optional(readPlans),
  bidLeaves: array(hash, MOST_PLANS),
  offerLeaves: array(hash, MOST_PLANS),
});

/**
 * Takes a round's opening out of what a matcher sent. Whether its plans are the period's is not known by that.
 * @throws MalformedMessageError where its list is not sorted, has a plan twice, or not a leaf for each
 */
export function readRoundOpening(value: unknown): RoundOpening {
  const opening = readOpening(value, "round");
  const { plans, bidLeaves, offerLeaves } = opening;
  requireSorted("plans", plans);
  requireLost(opening);
  for (const [side, leaves] of [
    ["buy", bidLeaves],
    ["sell", offerLeaves],
  ] as const) {
    const count = plans.filter((plan) => plan.side === side).length;
    if (leaves.length !== count) {
      throw fault(
        `The round has ${leaves.length} leaves of the ${count} plans to ${side}`,
        "Give each plan one position.",
      );
    }
    // Two positions of one leaf could be opened as the same plan.
    if (new Set(leaves).size !== leaves.length) {
      throw fault(`The round has one leaf of plans to ${side} twice`, "Salt each leaf anew.");
    }
  }
  return opening;
}

function requireSorted(field: "plans" | "lost", plans: readonly RoundPlan[]): void {
  const misplaced = plans.findIndex(({ plan }, i) => i > 0 && plans[i - 1]!.plan >= plan);
  if (misplaced === -1) return;
  throw fault(`round.${field}[${misplaced}] is not above the one before it`, "Sort them by plan.");
}

function requireLost({ plans, lost }: Pick<RoundOpening, "plans" | "lost">): void {
  if (lost === undefined) return;
  // Else one round had two forms, and two ids.
  if (lost.length === 0) throw fault("round.lost is empty", "Leave it out.");
  requireSorted("lost", lost);
  const ranked = new Set(plans.map(({ plan }) => plan));
  const both = lost.find(({ plan }) => ranked.has(plan));
  if (both === undefined) return;
  throw fault(`Plan ${both.plan} is in round.plans and in round.lost`, "Name it once.");
}

function fault(fact: string, remedy: string): MalformedMessageError {
  return new MalformedMessageError(`${fact}.`, { metaMessages: [remedy] });
}

/** What a round is called: the hash of all that was fixed before its first rank. */
export function roundId(
  { chainId, pool }: PoolId,
  manifestHash: string,
  beacon: string,
  { period, round, epoch, plans, lost, bidLeaves, offerLeaves }: RoundOpening,
): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      [
        "string",
        "uint256",
        "address",
        "uint256",
        "bytes32",
        "uint256",
        "uint256",
        "bytes32",
        "bytes32",
        "bytes32",
        "bytes32",
        ...(lost === undefined ? [] : ["bytes32"]),
      ],
      [
        ROUND_FORMAT,
        chainId,
        getAddress(pool),
        epoch,
        manifestHash,
        period,
        round,
        beacon,
        plansHash(plans),
        keccak256(concat(bidLeaves)),
        keccak256(concat(offerLeaves)),
        ...(lost === undefined ? [] : [plansHash(lost)]),
      ],
    ),
  );
}

function plansHash(plans: readonly RoundPlan[]): string {
  const list = plans.map(({ plan, contentHash, side }) =>
    solidityPacked(["uint256", "bytes32", "uint8"], [plan, contentHash, sideCode(side)]),
  );
  return keccak256(concat(list));
}
