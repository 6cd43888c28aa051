import { BaseError } from "../errors.ts";
import { ChainUnreachableError, toRevertError } from "./revertError.ts";

/** The chain's node did not answer before anything was sent: nothing can be mined. */
export class NotSentError extends ChainUnreachableError {
  override name = "NotSentError";
}

/** The error of what is asked before a call is sent. What the contract refuses stays what it is. */
export function toNotSentError(error: unknown): Error {
  const known = toRevertError(error);
  if (known instanceof BaseError && !(known instanceof ChainUnreachableError)) return known;
  const details = known instanceof BaseError ? known.details : known.message;
  return new NotSentError("The chain cannot be reached, and nothing was sent.", {
    metaMessages: ["Check its address and that its node runs."],
    ...(details === undefined ? {} : { details }),
    cause: error,
  });
}
