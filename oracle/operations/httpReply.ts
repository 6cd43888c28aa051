import type { ServerResponse } from "node:http";
import { BaseError } from "../../sdk/errors.ts";

/** An answer before it is sent. */
export interface HttpReply {
  status: number;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
}

/** A value as JSON; whole numbers that JSON's readers would round are decimal strings. */
export function jsonReply(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): HttpReply {
  const body = JSON.stringify(value, (_name, held: unknown) =>
    typeof held === "bigint" ? held.toString() : held === undefined ? null : held,
  );
  return { status, contentType: "application/json; charset=utf-8", body: `${body}\n`, headers };
}

/** What is wrong and what to do about it. */
export function errorReply(
  status: number,
  error: BaseError,
  headers: Record<string, string> = {},
): HttpReply {
  const { name, shortMessage: message, metaMessages: remedy } = error;
  return jsonReply(status, { error: name, message, remedy }, headers);
}

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

export function sendReply(
  response: ServerResponse,
  { status, contentType, body, headers }: HttpReply,
): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(body);
}
