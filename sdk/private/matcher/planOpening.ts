import { BaseError } from "../../errors.ts";
import { InvalidPointError, requirePublicKey } from "../babyJubjub.ts";
import { OutOfRangeError } from "../field.ts";
import { commitmentOf, type PlanNote, type Side } from "../notes.ts";
import { ownerOf } from "../owner.ts";
import type { PrivateAddress } from "../privateAddress.ts";

/**
 * What a participant gives a matcher that sees plans: the plan, and where its match's opening goes. Whoever has it can
 * read this plan, and neither change nor spend it.
 */
export interface PlanOpening {
  plan: PlanNote;
  to: PrivateAddress;
}

/** What the plan book says of a plan. */
export interface BookedPlan {
  /** Proven is what a side would have left of a match that is not agreed. */
  state: "open" | "matched" | "proven" | "ended";
  side: Side;
  period: bigint;
  /** How often it was silent where the other side confirmed. */
  strikes: number;
}

/** An opening that no match can be made with, and why. No term of the plan is told. */
export class OpeningRefusedError extends BaseError {
  override name = "OpeningRefusedError";

  constructor(fact: string, remedy: string) {
    super(fact, { metaMessages: [remedy] });
  }
}

/** The plan that an opening opens. @throws OpeningRefusedError where it is no plan, or not this address's */
export function planOfOpening({ plan, to }: PlanOpening): bigint {
  try {
    requirePublicKey("The viewing key", to.viewKey);
    // Else the match's opening would be encrypted to somebody who is not the owner.
    if (ownerOf(to.account, to.viewKey) !== plan.owner) {
      throw new OpeningRefusedError(
        "The private address is not that of the plan's owner.",
        "Give the address of the account that made the plan.",
      );
    }
    return commitmentOf(plan);
  } catch (error) {
    if (!(error instanceof OutOfRangeError || error instanceof InvalidPointError)) throw error;
    throw new OpeningRefusedError(error.shortMessage, "Give the plan as it was made.");
  }
}

/** @throws OpeningRefusedError unless the plan is in the book as it says, and can be matched */
export function requireMatchable(
  commitment: bigint,
  { side, period, energyWh }: PlanNote,
  booked: BookedPlan | undefined,
): void {
  if (booked === undefined) {
    throw new OpeningRefusedError(
      `The plan book has no plan ${commitment}.`,
      "Submit the plan first, and give its opening when it is in a block.",
    );
  }
  if (booked.side !== side || booked.period !== period) {
    throw new OpeningRefusedError(
      `The plan book has plan ${commitment} as one to ${booked.side} in period ${booked.period}.`,
      "Give the plan as it was made.",
    );
  }
  if (booked.state === "ended") {
    throw new OpeningRefusedError(
      `Plan ${commitment} has ended.`,
      "Give the opening of what it left.",
    );
  }
  if (energyWh === 0n) {
    throw new OpeningRefusedError(`Plan ${commitment} has no energy left.`, "Have it refunded.");
  }
  if (isBondSpent(booked)) {
    throw new OpeningRefusedError(
      `Plan ${commitment} was silent where its match was confirmed, and has no bond left.`,
      "Have it refunded, and make a new plan.",
    );
  }
}

/** Whether the pool takes no more matches of a plan. */
export function isBondSpent({ side, strikes }: BookedPlan): boolean {
  return side === "buy" && strikes > 0;
}
