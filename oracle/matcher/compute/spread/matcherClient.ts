import { FRAME_CONTENT_TYPE } from "../../../../sdk/private/wire/frame.ts";
import { object, text } from "../../../../sdk/private/wire/readers.ts";
import { parseWireJson } from "../../../../sdk/private/wire/wireJson.ts";
import type { OpenRound } from "../computeTasks.ts";
import { MatcherAwayError, WorkerRefusedError } from "./spreadErrors.ts";
import {
  decodeBatch,
  decodeRound,
  encodeResult,
  type BatchBid,
  type BatchResult,
} from "./workerWire.ts";

const TIMEOUT_MS = 300_000;
const queueAnswer = object({ queue: text(200) });

/** A worker's side of the matcher's worker port. */
export class MatcherClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/+$/, "");
    this.#token = token;
  }

  /** @throws WorkerRefusedError, MatcherAwayError */
  async queueName(): Promise<string> {
    const bytes = await this.#ask("GET", "/queue");
    if (bytes === undefined) throw new WorkerRefusedError(this.#url, 404);
    return queueAnswer(parseWireJson(bytes), "answer").queue;
  }

  /** Undefined where the round is not being computed any more, as in the next ones. */
  async round(id: string): Promise<OpenRound | undefined> {
    const bytes = await this.#ask("GET", `/rounds/${id}`);
    return bytes === undefined ? undefined : decodeRound(id, bytes);
  }

  async batch(round: string, batch: number): Promise<BatchBid[] | undefined> {
    const bytes = await this.#ask("GET", `/rounds/${round}/batches/${batch}`);
    return bytes === undefined ? undefined : decodeBatch(bytes);
  }

  async bring(round: string, batch: number, result: BatchResult): Promise<void> {
    await this.#ask("POST", `/rounds/${round}/batches/${batch}`, encodeResult(result));
  }

  async #ask(
    method: "GET" | "POST",
    path: string,
    body?: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const call = `${method} ${this.#url}${path}`;
    const response = await this.#fetch(method, path, body).catch((error: unknown) => {
      throw new MatcherAwayError(call, causeOf(error as Error));
    });
    if (response.status === 200) return new Uint8Array(response.bytes);
    if (response.status === 404) return undefined;
    if (response.status < 500) throw new WorkerRefusedError(this.#url, response.status);
    throw new MatcherAwayError(call, `It answered ${response.status}.`);
  }

  async #fetch(
    method: "GET" | "POST",
    path: string,
    body?: Uint8Array,
  ): Promise<{ status: number; bytes: ArrayBuffer }> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": FRAME_CONTENT_TYPE }),
      },
      // The token goes to the matcher and to nobody to whom it refers.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    });
    return { status: response.status, bytes: await response.arrayBuffer() };
  }
}

/** What Node hides behind "fetch failed". */
function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
