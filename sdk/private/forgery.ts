import { ForgedDeliveryError } from "./deliverySecret.ts";
import { ForgedOpeningError } from "./matches/openMatch.ts";
import { ForgedMemoError } from "./openMemo.ts";

/** Something that a key should open and does not. */
export type Forgery = ForgedMemoError | ForgedOpeningError | ForgedDeliveryError;

export function isForgery(error: unknown): error is Forgery {
  return (
    error instanceof ForgedMemoError ||
    error instanceof ForgedOpeningError ||
    error instanceof ForgedDeliveryError
  );
}
