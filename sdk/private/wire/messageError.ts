import { BaseError } from "../../errors.ts";

/** What came over the wire is not of the form that this place takes. What stood there may be a secret, and is not told. */
export class MalformedMessageError extends BaseError {
  override name = "MalformedMessageError";
}

/** Bytes are no frame. */
export class FrameError extends MalformedMessageError {
  override name = "FrameError";

  constructor(fault: string) {
    super(`The frame ${fault}.`, {
      metaMessages: ["Send it whole, as docs/protocol.md describes it, with nothing behind it."],
    });
  }
}
