import { BaseError } from "../../errors.ts";

/** What a service gives as an epoch's is not what the chain says: nothing may be encrypted with it. */
export class ForeignEpochError extends BaseError {
  override name = "ForeignEpochError";

  constructor(fact: string) {
    super(fact, {
      metaMessages: [
        "Nothing was encrypted with it. Fetch from another service, or compare the chain with another node's.",
      ],
    });
  }
}

/** No epoch was announced for a period. */
export class NoEpochError extends BaseError {
  override name = "NoEpochError";

  constructor(period: bigint) {
    super(`The key holder has announced no epoch for period ${period}.`, {
      metaMessages: ["Wait until it has, or submit the plan without encrypted features."],
    });
  }
}
