import { Interface } from "ethers";
import { MATCHING_RECORD_ABI } from "../../abi/matchingRecord.ts";

/** What the matching record's logs and reads look like. */
export const matchingRecordInterface = new Interface(MATCHING_RECORD_ABI);

/** What a key holder opens, at its number in the contract. */
export const OPENING_KINDS = ["ranks", "pairs", "verdicts"] as const;
export type OpeningKind = (typeof OPENING_KINDS)[number];

/** Whether a delivery was within the tolerance. */
export type DeliveryVerdict = "within" | "beyond";

/** An epoch as it was announced. */
export interface AnnouncedEpoch {
  /** From 1. */
  epoch: number;
  /** It is for periods from this one to before the next epoch's. */
  fromPeriod: bigint;
  /** `manifestHash`. */
  manifestHash: string;
}

/** A matcher's commitment to its seed of an epoch. */
export interface SeedCommitment {
  /** The first period that it is for: plans of earlier ones had closed when it was committed. */
  fromPeriod: bigint;
  /** keccak256 of the seed. */
  commitment: string;
}

/** An opening as the key holder logged it. */
export interface LoggedOpening {
  kind: OpeningKind;
  period: bigint;
  /** The round's id; of verdicts, what names the batch. */
  round: string;
  /** Hash of what was opened. */
  content: string;
  /** How many results. */
  count: number;
}
