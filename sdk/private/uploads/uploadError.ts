import { BaseError } from "../../errors.ts";

/** An upload is not taken, and why; `status` is what HTTP calls the reason. */
export class UploadRefusedError extends BaseError {
  override name = "UploadRefusedError";
  readonly status: 401 | 404 | 409;

  constructor(status: UploadRefusedError["status"], fact: string, remedy: string) {
    super(fact, { metaMessages: [remedy] });
    this.status = status;
  }
}

/** An envelope does not open, or does not hold what it must. Nothing of its content is told. */
export class EnvelopeError extends BaseError {
  override name = "EnvelopeError";

  constructor(what: string, fault: string) {
    super(`The ${what} ${fault}.`, {
      metaMessages: ["Seal it anew, with the epoch's envelope key and for this very upload."],
    });
  }
}
