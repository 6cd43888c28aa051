import type { SealedNote } from "../memoCode.ts";

/** What a pool's chain tells, in the order of its blocks and logs, as far as private accounts care. */
export type PoolEvent = { blockNumber: number } & (
  | { type: "noteAdded"; leafIndex: number; note: SealedNote & { kind: "credit" | "generation" } }
  | { type: "planAdded"; plan: SealedNote & { kind: "plan" } }
  | { type: "nullifierSpent"; nullifier: bigint }
  /** Confirmed, and its rest is a new plan; or refunded. */
  | { type: "planEnded"; plan: bigint }
);
