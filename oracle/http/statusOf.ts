import type { BaseError } from "../../sdk/errors.ts";
import { GatewayRefusedError } from "../../sdk/private/gateway/gatewayError.ts";
import { CiphertextError } from "../../sdk/private/matching/matchingError.ts";
import { UploadRefusedError } from "../../sdk/private/uploads/uploadError.ts";
import { MalformedMessageError } from "../../sdk/private/wire/messageError.ts";
import { StoreFullError } from "../store/errors.ts";

/** What HTTP calls an error that the asker can mend, or that a disk is full; undefined where it is the service's own. */
export function statusOf(error: BaseError): number | undefined {
  if (error instanceof UploadRefusedError) return error.status;
  if (error instanceof MalformedMessageError) return 400;
  if (error instanceof GatewayRefusedError) return 409;
  if (error instanceof CiphertextError) return 422;
  return error instanceof StoreFullError ? 507 : undefined;
}
