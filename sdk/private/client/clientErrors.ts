import { BaseError } from "../../errors.ts";

/** What one asked for is not on the chain, though its sender says that it was mined. */
export class SenderLiedError extends BaseError {
  override name = "SenderLiedError";

  constructor(verb: string, hash: string) {
    super(`The sender says that ${verb} was mined in ${hash}, and the chain does not have it.`, {
      metaMessages: [
        "Nothing has happened, and the proof has expired: use another sender for the same.",
      ],
    });
  }
}

/** A plan for a period so far ahead that its number is most likely mistyped. */
export class PlanTooFarAheadError extends BaseError {
  override name = "PlanTooFarAheadError";

  constructor(period: bigint, startS: number, mostAheadS: number) {
    super(
      `Period ${period} begins at ${startS} by the chain's time, more than ${mostAheadS} s ahead.`,
      {
        metaMessages: [
          "Check the period's number: what a plan locks stays locked until then. Who means it sets the option `mostAheadS`.",
        ],
      },
    );
  }
}

/** A plan or match that is not one's own, or not in the state that is needed. */
export class NotPossibleError extends BaseError {
  override name = "NotPossibleError";

  constructor(fact: string, remedy: string, details?: string) {
    super(fact, { metaMessages: [remedy], ...(details === undefined ? {} : { details }) });
  }
}
