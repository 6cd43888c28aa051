import { BaseError, type BaseErrorOptions } from "../../sdk/errors.ts";

export type CommandRefusal =
  /** Its quarantine entry or participant does not exist. */
  | "unknown"
  /** Well signed, and this gateway does not allow it: the meter may not be switched. */
  | "forbidden"
  /** Its nonce was used, or its quarantine entry is closed. */
  | "done"
  /** The gateway cannot do it now: its store is locked, the meter does not answer. */
  | "unavailable";

/** A command of an operator that the gateway cannot obey. */
export class CommandRefusedError extends BaseError {
  override name = "CommandRefusedError";
  readonly refusal: CommandRefusal;

  constructor(refusal: CommandRefusal, message: string, options: BaseErrorOptions = {}) {
    super(message, options);
    this.refusal = refusal;
  }
}
