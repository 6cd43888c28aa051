import type { ProofFigures } from "./countingProver.ts";

/** What traders do, one step of all of them after the other; see `PrivateTrader`. */
export const TRADER_STEPS = [
  "join",
  "fund",
  "plan",
  "bring",
  "confirm",
  "report",
  "settle",
  "refund",
  "withdraw",
] as const;
export type TraderStep = (typeof TRADER_STEPS)[number];

/** What a trader's wallet says. */
export interface TraderAccount {
  /** Its number in the open market. */
  participant: number;
  owner: bigint;
  balanceNano: bigint;
}

/** What traders say of themselves when all is over. */
export interface CrewFigures {
  accounts: readonly TraderAccount[];
  proofs: ProofFigures;
  /** What they brought to be matched. */
  uploads: UploadFigures;
}

export interface UploadFigures {
  plans: number;
  bytes: number;
}

/** All who trade privately, wherever they run. */
export interface TraderCrew {
  /** Each takes a step; done when all have. */
  take(step: TraderStep, signal: AbortSignal): Promise<void>;
  /** Reads the chain first. */
  figures(): Promise<CrewFigures>;
  close(): Promise<void>;
}
