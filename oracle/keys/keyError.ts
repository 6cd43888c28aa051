import { BaseError } from "../../sdk/errors.ts";

/** The gateway's key cannot be used. Neither the key nor its password is in it. */
export class KeyError extends BaseError {
  override name = "KeyError";
}
