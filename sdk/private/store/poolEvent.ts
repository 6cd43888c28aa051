import type { SealedDelivery } from "../deliverySecret.ts";
import type { SealedMatch } from "../matches/matchOpening.ts";
import type { SealedNote } from "../memoCode.ts";
import type { Side } from "../notes.ts";

/** What a pool's chain tells, in the order of its blocks and logs, as far as private accounts care. */
export type PoolEvent = { blockNumber: number } & (
  | { type: "noteAdded"; leafIndex: number; note: SealedNote & { kind: "credit" | "generation" } }
  | { type: "planAdded"; plan: SealedNote & { kind: "plan" } }
  | { type: "nullifierSpent"; nullifier: bigint }
  /** Confirmed, and its rest is a new plan; or refunded. */
  | { type: "planEnded"; plan: bigint }
  /** @param confirmBy the last second at which a side can confirm */
  | { type: "matchProposed"; match: SealedMatch; confirmBy: number }
  | { type: "matchConfirmed"; record: bigint; side: Side }
  /** Both sides have confirmed. Both plans' ends and their rests come as events of their own. */
  | { type: "matchAgreed"; record: bigint }
  | { type: "matchLapsed"; record: bigint }
  | { type: "actualReported"; delivery: SealedDelivery }
  | { type: "matchSettled"; record: bigint; side: Side }
);
