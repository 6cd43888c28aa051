import type { Point } from "../babyJubjub.ts";
import type { SealedMatch } from "../matches/matchOpening.ts";
import type { BookedPlan } from "./planOpening.ts";

/** What a matcher needs of the pool: its plan book and clock to read, proposals and lapses to send. */
export interface MatcherPool {
  /** Reads what the chain has got since. */
  sync(): Promise<void>;
  /** By commitment, in the order in which the book got them. */
  readonly plans: ReadonlyMap<bigint, BookedPlan>;
  /** The regulator's current one. */
  readonly auditKey: Point;
  /** Unix seconds from which no match of a period is taken. */
  proposalsCloseAtS(period: bigint): number;
  /** Records of proposed matches that could have been confirmed until before a time. */
  overdueMatches(nowS: number): readonly bigint[];
  /** All of them or none. @throws ContractRevertedError */
  propose(proposals: readonly SealedMatch[]): Promise<void>;
  /** @throws ContractRevertedError */
  lapse(record: bigint): Promise<void>;
}
