import { BaseError } from "../errors.ts";

/** A keystore or its password is not to be had, or they do not fit. Neither the key nor its password is in it. */
export class KeystoreError extends BaseError {
  override name = "KeystoreError";

  constructor(fact: string, remedy: string) {
    super(fact, { metaMessages: [remedy] });
  }
}
