import { BaseError } from "../../errors.ts";

/** What a gateway does not vouch for, and why. */
export class GatewayRefusedError extends BaseError {
  override name = "GatewayRefusedError";

  constructor(fact: string, remedy: string) {
    super(fact, { metaMessages: [remedy] });
  }
}

/** The ledger of what a gateway has vouched for cannot be used: it then vouches for nothing. */
export class LedgerError extends BaseError {
  override name = "LedgerError";
}
