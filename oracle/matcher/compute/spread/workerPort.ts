import { frameBody } from "../../../http/bodyRules.ts";
import { jsonReply, type HttpReply } from "../../../http/httpReply.ts";
import { HttpRequestError } from "../../../http/httpRequestError.ts";
import type { HttpRequestHead, HttpRoute } from "../../../http/httpRoute.ts";
import { HttpServer } from "../../../http/httpServer.ts";
import type { Log } from "../../../operations/log.ts";
import { BaseError } from "../../../../sdk/errors.ts";
import { CiphertextError } from "../../../../sdk/private/matching/matchingError.ts";
import { FRAME_CONTENT_TYPE } from "../../../../sdk/private/wire/frame.ts";
import { MalformedMessageError } from "../../../../sdk/private/wire/messageError.ts";
import { WrongResultError } from "./spreadErrors.ts";
import type { SpreadRound } from "./spreadRound.ts";
import { queueNameOf, requireToken } from "./workerToken.ts";
import { decodeResult, encodeBatch, encodeRound, type SentFrame } from "./workerWire.ts";

export interface WorkerPortOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** What workers show. */
  token: string;
  log: Log;
}

const MOST_RESULT_BYTES = 2 ** 26;
/** A result is answered when the key holder has it. */
const TIMEOUTS = { requestMs: 60_000, responseMs: 300_000 };
const MALFORMED = [MalformedMessageError, WrongResultError, CiphertextError];

/** Where workers fetch batches and bring results, of rounds that are being computed. */
export class WorkerPort {
  /** When a worker was last heard of. */
  lastWorkerMs = 0;
  readonly #rounds = new Map<string, SpreadRound>();
  readonly #server: HttpServer;
  readonly #token: string;

  constructor({ token, ...address }: WorkerPortOptions) {
    this.#token = token;
    this.#server = new HttpServer({
      name: "Workers",
      ...address,
      routes: this.#routes().map((route) => ({ ...route, admit: this.#admit })),
      timeouts: TIMEOUTS,
      // By a DNS name or through a proxy: no page in a browser has the token.
      takesAnyName: true,
      // Only who has the token gets as far as to send anything, and many workers can share one address.
      mostBytesEach: Infinity,
      settings: { host: "--worker-host", port: "--worker-port" },
      statusOf: (error: BaseError) =>
        MALFORMED.some((kind) => error instanceof kind) ? 400 : undefined,
    });
  }

  add(round: SpreadRound): void {
    this.#rounds.set(round.open.id, round);
  }

  remove(round: SpreadRound): void {
    this.#rounds.delete(round.open.id);
  }

  /** @returns its URL. @throws HttpServerError */
  start(): Promise<string> {
    return this.#server.start();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  readonly #admit = ({ headers }: HttpRequestHead): void => {
    requireToken(this.#token, headers.authorization);
    this.lastWorkerMs = performance.now();
  };

  #routes(): HttpRoute[] {
    return [
      {
        method: "GET",
        path: "/queue",
        answer: async () => jsonReply(200, { queue: queueNameOf(this.#token) }),
      },
      {
        method: "GET",
        path: "/rounds/:round",
        // The round is in memory in any case, for all workers.
        answer: async ({ params }) => ({
          ...frameReply(encodeRound(this.#round(params).open)),
          isHeld: true,
        }),
      },
      {
        method: "GET",
        path: "/rounds/:round/batches/:batch",
        answer: async ({ params }) =>
          frameReply(encodeBatch(await this.#round(params).bidsOf(batchOf(params)))),
      },
      {
        method: "POST",
        path: "/rounds/:round/batches/:batch",
        body: frameBody("a batch's results", MOST_RESULT_BYTES),
        answer: async ({ params, body }) => {
          await this.#round(params).take(batchOf(params), decodeResult(body));
          return jsonReply(200, { kept: true });
        },
      },
    ];
  }

  #round({ round: id = "" }: Readonly<Record<string, string>>): SpreadRound {
    const round = this.#rounds.get(id);
    if (round !== undefined) return round;
    throw new HttpRequestError(
      404,
      "This round is not being computed.",
      "Drop the batch: it is done.",
    );
  }
}

function frameReply({ head, parts }: SentFrame): HttpReply {
  return { status: 200, contentType: FRAME_CONTENT_TYPE, body: head, rest: parts };
}

function batchOf({ batch = "" }: Readonly<Record<string, string>>): number {
  if (/^\d{1,6}$/.test(batch)) return Number(batch);
  throw new HttpRequestError(404, "This is no batch.", "Ask for those that the queue names.");
}
