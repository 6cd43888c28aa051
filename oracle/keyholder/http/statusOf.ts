import type { BaseError } from "../../../sdk/errors.ts";
import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import { UploadRefusedError } from "../../../sdk/private/uploads/uploadError.ts";
import { MalformedMessageError } from "../../../sdk/private/wire/messageError.ts";
import { StoreFullError } from "../../store/errors.ts";

/** What HTTP calls the reason of an error; undefined where it is this service's own trouble. */
export function statusOf(error: BaseError): number | undefined {
  if (error instanceof MalformedMessageError) return 400;
  if (error instanceof UploadRefusedError) return error.status;
  if (error instanceof CiphertextError) return 422;
  if (error instanceof StoreFullError) return 507;
  return undefined;
}
