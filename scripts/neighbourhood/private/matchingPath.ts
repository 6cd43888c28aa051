import type { Clock } from "../../../sdk/clock.ts";
import type { Evidence } from "./serviceStatus.ts";

/** How the plans of a run's private trades are matched. */
export const MATCHING_PATHS = ["encrypted", "plain"] as const;
export type MatchingPathName = (typeof MATCHING_PATHS)[number];

/** How a run's plans were matched. */
export interface MatchingFigures {
  path: MatchingPathName;
  /** Rounds that came to matches, or to none. */
  rounds: number;
  /** How long they took on average, from the first question to the last proposal; null where it was not measured. */
  roundSeconds: number | null;
  /** Bids of which the matcher was told the ranks, round by round; 0 where it sees the plans. */
  ranksTold: number;
  /** What the key holder opened, as it is logged on the chain. */
  openings: { ranks: number; pairs: number; verdicts: number };
  /** On deliveries, as they are on the chain; and how many were reported and have none. */
  verdicts: { within: number; beyond: number; missing: number };
  /** What services wrote down about each other and about participants. */
  evidence: readonly Evidence[];
  /** How often a service died and was started again. */
  restarts: number;
}

/** What brings plans together. */
export interface MatchingPath {
  /** Matches all that were brought. @returns how many matches were proposed */
  match(clock: Clock, signal: AbortSignal): Promise<number>;
  /** Ends the matches that were not confirmed in time. @returns how many */
  lapse(clock: Clock, signal: AbortSignal): Promise<number>;
  /** Judges what was delivered. */
  judge(clock: Clock, signal: AbortSignal): Promise<void>;
  figures(): Promise<MatchingFigures>;
  close(): Promise<void>;
}
