import type { ServerResponse } from "node:http";
import type { BaseError } from "../../sdk/errors.ts";

/** An answer before it is sent. */
export interface HttpReply {
  status: number;
  contentType: string;
  body: string | Uint8Array;
  /** What follows the body, sent without being joined to it: megabytes of a service that does not sign its replies. */
  rest?: readonly Uint8Array[];
  headers?: Record<string, string>;
  /** The body is in memory in any case, the same for all who ask: waiting to be sent it takes no more. */
  isHeld?: boolean;
}

/** How much memory an answer takes until it is sent. */
export function heldBytesOf({ body, rest = [], isHeld = false }: HttpReply): number {
  return isHeld ? 0 : lengthOf(body, rest);
}

const lengthOf = (body: string | Uint8Array, rest: readonly Uint8Array[]) =>
  rest.reduce((sum, part) => sum + part.length, Buffer.byteLength(body));

/** A value as JSON; whole numbers that JSON's readers would round are decimal strings. */
export function jsonText(value: unknown): string {
  const body = JSON.stringify(value, (_name, held: unknown) =>
    typeof held === "bigint" ? held.toString() : held === undefined ? null : held,
  );
  return `${body}\n`;
}

export function jsonReply(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): HttpReply {
  const contentType = "application/json; charset=utf-8";
  return { status, contentType, body: jsonText(value), headers };
}

/** Octets, such as a key. */
export function bytesReply(
  status: number,
  body: Uint8Array,
  headers: Record<string, string> = {},
): HttpReply {
  return { status, contentType: "application/octet-stream", body, headers };
}

/** What is wrong and what to do about it. @param fields what is told besides */
export function errorReply(
  status: number,
  error: BaseError,
  headers: Record<string, string> = {},
  fields: object = {},
): HttpReply {
  const { name, shortMessage: message, metaMessages: remedy } = error;
  return jsonReply(status, { error: name, message, remedy, ...fields }, headers);
}

export function sendReply(
  response: ServerResponse,
  { status, contentType, body, rest = [], headers }: HttpReply,
): void {
  // What has no content has no type or length either.
  const content =
    status === 204 ? {} : { "content-type": contentType, "content-length": lengthOf(body, rest) };
  response.writeHead(status, {
    ...content,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  if (rest.length === 0) return void response.end(body);
  response.cork();
  response.write(body);
  for (const part of rest) response.write(part);
  response.end();
  response.uncork();
}
