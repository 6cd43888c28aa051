import type { IncomingMessage } from "node:http";
import { BaseError } from "../../sdk/errors.ts";
import {
  MalformedCommandError,
  MalleableSignatureError,
  OperatorCommandError,
} from "../../sdk/gateway/operatorCommandError.ts";
import { MalformedJsonError, parseJson } from "../../sdk/parseJson.ts";
import { CommandRefusedError } from "./commandRefusedError.ts";
import type { GatewayView } from "./gatewayView.ts";
import { errorReply, HttpRequestError, jsonReply, type HttpReply } from "./httpReply.ts";

/** A signed command has below 700 bytes. */
const MOST_BODY_BYTES = 8192;
/** Commands that wait while one is obeyed; they are rare, and each costs the recovery of a signature. */
const MOST_WAITING = 8;

const MALFORMED = [MalformedJsonError, MalformedCommandError, MalleableSignatureError];
const REFUSAL_STATUS = { unknown: 404, forbidden: 403, done: 409, unavailable: 503 };

/** Takes operators' commands, one after the other. */
export class CommandEndpoint {
  readonly #view: GatewayView;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(view: GatewayView) {
    this.#view = view;
  }

  /** @throws HttpRequestError, or what is no user's error */
  async answer(request: IncomingMessage): Promise<HttpReply> {
    const text = await readBody(request);
    if (this.#waiting >= MOST_WAITING) {
      throw new HttpRequestError(
        503,
        `${this.#waiting} commands wait already.`,
        "Send it again in a moment.",
        { "retry-after": "1" },
      );
    }
    this.#waiting++;
    const turn = this.#last.then(() => this.#obey(text));
    this.#last = turn.catch(() => {}).finally(() => this.#waiting--);
    return turn;
  }

  async #obey(text: string): Promise<HttpReply> {
    try {
      return jsonReply(200, await this.#view.command(parseJson(text)));
    } catch (error) {
      if (error instanceof BaseError) return errorReply(statusOf(error), error);
      throw error;
    }
  }
}

function statusOf(error: BaseError): number {
  if (error instanceof CommandRefusedError) return REFUSAL_STATUS[error.refusal];
  if (MALFORMED.some((kind) => error instanceof kind)) return 400;
  // What else a user can mend is on the gateway's side: a meter that is silent, a store that is full.
  return error instanceof OperatorCommandError ? 403 : 503;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const { headers } = request;
  if (!/^application\/json(\s*;\s*charset="?utf-8"?)?\s*$/i.test(headers["content-type"] ?? "")) {
    throw new HttpRequestError(
      415,
      `The body is ${JSON.stringify(headers["content-type"] ?? "of no type")}.`,
      "Send the signed command with Content-Type: application/json.",
    );
  }
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    throw new HttpRequestError(415, "The body is encoded.", "Send it without Content-Encoding.");
  }
  const tooLarge = new HttpRequestError(
    413,
    `The body has more than ${MOST_BODY_BYTES} bytes.`,
    "Send one signed command, without anything else.",
    { connection: "close" },
  );
  if (Number(headers["content-length"] ?? 0) > MOST_BODY_BYTES) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) throw tooLarge;
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new HttpRequestError(400, "The body is no UTF-8.", "Send the signed command as JSON.");
  }
}
