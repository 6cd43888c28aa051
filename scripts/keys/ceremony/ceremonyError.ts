import { BaseError } from "../../../sdk/errors.ts";

/** A step of a ceremony that cannot be taken. */
export class CeremonyError extends BaseError {
  override name = "CeremonyError";
}
