import { MOST_PLANS } from "../../../sdk/private/rounds/roundLimits.ts";
import {
  array,
  bigint,
  boolean,
  hash,
  object,
  oneOf,
  optional,
  text,
  uint,
} from "../../../sdk/private/wire/readers.ts";

// What the key holder answers, as docs/protocol.md describes it.

const MOST_REASON = 2_000;
const positions = array(uint(MOST_PLANS), MOST_PLANS);

export const readJudgement = object({ plan: bigint(), contentHash: hash, sound: boolean });
export const readBeacon = object({ period: bigint(), beacon: hash });
export const readRound = object({ id: hash });
export const readCheaters = object({ cheaters: positions });
export const readRanks = object({
  position: uint(MOST_PLANS),
  nearest: positions,
  outOfRange: positions,
});
export const readPairs = object({ pairsHash: hash });
export const readFormed = object({
  formed: boolean,
  banned: optional(array(bigint(), 2)),
  reason: optional(text(MOST_REASON)),
});
export const readFinished = object({
  proposed: array(object({ record: bigint(), sellPlan: bigint(), buyPlan: bigint() }), MOST_PLANS),
  refused: array(
    object({ sellPlan: bigint(), buyPlan: bigint(), reason: text(MOST_REASON) }),
    MOST_PLANS,
  ),
});
export const readVerdicts = object({
  verdicts: array(
    object({
      record: bigint(),
      verdict: oneOf("within", "beyond", "refused"),
      reason: optional(text(MOST_REASON)),
    }),
    256,
  ),
});

/** A bid's ranks. */
export type Ranks = ReturnType<typeof readRanks>;
export type Formed = ReturnType<typeof readFormed>;
export type Finished = ReturnType<typeof readFinished>;
export type DeliveryAnswer = ReturnType<typeof readVerdicts>["verdicts"][number];
