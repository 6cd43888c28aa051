import { BaseError } from "../../sdk/errors.ts";

/** A request that cannot be answered as asked. */
export class HttpRequestError extends BaseError {
  override name = "HttpRequestError";
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    remedy: string,
    headers: Record<string, string> = {},
  ) {
    super(message, { metaMessages: [remedy] });
    this.status = status;
    this.headers = headers;
  }
}
