import { BaseError } from "../../sdk/errors.ts";

/** A request that cannot be answered as asked. */
export class HttpRequestError extends BaseError {
  override name = "HttpRequestError";
  readonly status: number;
  readonly headers: Record<string, string>;
  /** What the answer tells besides. */
  readonly fields: object;

  constructor(
    status: number,
    message: string,
    remedy: string,
    headers: Record<string, string> = {},
    fields: object = {},
  ) {
    super(message, { metaMessages: [remedy] });
    this.status = status;
    this.headers = headers;
    this.fields = fields;
  }
}
