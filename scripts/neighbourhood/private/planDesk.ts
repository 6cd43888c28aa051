import type { NewPlan } from "../../../sdk/private/client/privateParticipant.ts";
import type { PlanNote } from "../../../sdk/private/notes.ts";

/** One of a trader's own plans that the book has as open. */
export interface OwnOpenPlan {
  commitment: bigint;
  plan: PlanNote;
}

/** Where a trader takes its plans to be matched. */
export interface PlanDesk {
  /** What is told of a plan where it is submitted. */
  prepare(plan: NewPlan): Promise<NewPlan>;
  /** Brings a plan of the book, or what a match has left of one; again where it was brought before. */
  bring(open: OwnOpenPlan): Promise<void>;
  /** What the features of plans may have been made of, see `PrivateParticipant.refund`. */
  featureOpenings(): readonly bigint[];
}
