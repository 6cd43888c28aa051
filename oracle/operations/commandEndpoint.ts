import { BaseError } from "../../sdk/errors.ts";
import {
  MalformedCommandError,
  MalleableSignatureError,
  OperatorCommandError,
} from "../../sdk/gateway/operatorCommandError.ts";
import { MalformedJsonError, parseJson } from "../../sdk/parseJson.ts";
import { jsonBody } from "../http/bodyRules.ts";
import { errorReply, jsonReply, type HttpReply } from "../http/httpReply.ts";
import { HttpRequestError } from "../http/httpRequestError.ts";
import type { HttpRequest, HttpRoute } from "../http/httpRoute.ts";
import { textOf } from "../http/readBody.ts";
import { CommandRefusedError } from "./commandRefusedError.ts";
import type { GatewayView } from "./gatewayView.ts";

/** A signed command has below 700 bytes. */
const MOST_BODY_BYTES = 8192;
const WHAT = "the signed command";
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

  get route(): HttpRoute {
    return {
      method: "POST",
      path: "/commands",
      body: jsonBody(WHAT, MOST_BODY_BYTES),
      answer: (request) => this.#answer(request),
    };
  }

  async #answer({ body }: HttpRequest): Promise<HttpReply> {
    const text = textOf(body, WHAT);
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
