import type { IncomingMessage } from "node:http";
import { MalformedJsonError, parseJson } from "../../sdk/parseJson.ts";
import { HttpRequestError } from "./httpRequestError.ts";
import type { HttpBodyRules } from "./httpRoute.ts";

/**
 * All of a request's body.
 * @throws HttpRequestError where it is of another type, encoded, or larger than what is taken
 */
export async function readBody(
  request: IncomingMessage,
  { contentType, what, mostBytes }: HttpBodyRules,
): Promise<Uint8Array> {
  const { headers } = request;
  if (!isOfType(headers["content-type"] ?? "", contentType)) {
    throw new HttpRequestError(
      415,
      `The body is ${JSON.stringify(headers["content-type"] ?? "of no type")}.`,
      `Send ${what} with Content-Type: ${contentType}.`,
    );
  }
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    throw new HttpRequestError(415, "The body is encoded.", "Send it without Content-Encoding.");
  }
  const tooLarge = new HttpRequestError(
    413,
    `The body has more than ${mostBytes} bytes.`,
    `Send ${what}, without anything else.`,
    { connection: "close" },
  );
  if (Number(headers["content-length"] ?? 0) > mostBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Only JSON's text has a character set, and it is always the same. */
function isOfType(given: string, contentType: string): boolean {
  const [, type = "", rest = ""] = /^([^;]*?)\s*(?:;(.*))?$/s.exec(given.toLowerCase()) ?? [];
  if (type !== contentType) return false;
  return rest.trim() === "" || /^\s*charset="?utf-8"?\s*$/.test(rest);
}

/**
 * The text that a body holds.
 * @param what is to be sent, for messages: `the signed command`
 * @throws HttpRequestError
 */
export function textOf(body: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new HttpRequestError(400, "The body is no UTF-8.", `Send ${what} as JSON.`);
  }
}

/** The value that a body holds as JSON. @throws HttpRequestError */
export function jsonOf(body: Uint8Array, what: string): unknown {
  try {
    return parseJson(textOf(body, what));
  } catch (error) {
    if (!(error instanceof MalformedJsonError)) throw error;
    throw new HttpRequestError(400, error.shortMessage, `Send ${what} as JSON.`);
  }
}
