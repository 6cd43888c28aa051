import { once } from "node:events";
import { Agent as PlainAgent, request as requestPlainly, type IncomingMessage } from "node:http";
import { Agent as SecureAgent, request as requestSecurely } from "node:https";
import { FRAME_CONTENT_TYPE } from "../../../../sdk/private/wire/frame.ts";
import { object, text } from "../../../../sdk/private/wire/readers.ts";
import { parseWireJson } from "../../../../sdk/private/wire/wireJson.ts";
import type { OpenRound } from "../computeTasks.ts";
import { MatcherAwayError, MatcherUrlError, WorkerRefusedError } from "./spreadErrors.ts";
import {
  decodeBatch,
  decodeRound,
  encodeResult,
  type BatchBid,
  type BatchResult,
} from "./workerWire.ts";

const TIMEOUT_MS = 300_000;
/** More than any round or batch has. */
const MOST_ANSWER_BYTES = 2 ** 29;
const queueAnswer = object({ queue: text(200) });

/** A worker's side of the matcher's worker port. */
export class MatcherClient {
  readonly #url: string;
  readonly #token: string;
  readonly #isSecure: boolean;
  readonly #agent: PlainAgent;

  /** @throws MatcherUrlError */
  constructor(url: string, token: string) {
    const { protocol } = URL.parse(url) ?? {};
    if (protocol !== "http:" && protocol !== "https:") throw new MatcherUrlError(url);
    this.#url = url.replace(/\/+$/, "");
    this.#token = token;
    this.#isSecure = protocol === "https:";
    this.#agent = new (this.#isSecure ? SecureAgent : PlainAgent)({ keepAlive: true });
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#agent.destroy();
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
    const { head, parts } = encodeResult(result);
    await this.#ask("POST", `/rounds/${round}/batches/${batch}`, [head, ...parts]);
  }

  async #ask(
    method: "GET" | "POST",
    path: string,
    body: readonly Uint8Array[] = [],
  ): Promise<Uint8Array | undefined> {
    const call = `${method} ${this.#url}${path}`;
    const { status, bytes } = await this.#send(method, path, body).catch((error: unknown) => {
      throw new MatcherAwayError(call, (error as Error).message);
    });
    if (status === 200) return bytes;
    if (status === 404) return undefined;
    if (status < 500) throw new WorkerRefusedError(this.#url, status);
    throw new MatcherAwayError(call, `It answered ${status}.`);
  }

  /** Not by `fetch`, which copies a body of megabytes several times over: the thread that computes would wait. */
  async #send(
    method: "GET" | "POST",
    path: string,
    body: readonly Uint8Array[],
  ): Promise<{ status: number; bytes: Uint8Array }> {
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const request = this.#isSecure ? requestSecurely : requestPlainly;
    const sent = request(this.#url + path, {
      method,
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(method === "GET"
          ? {}
          : { "content-type": FRAME_CONTENT_TYPE, "content-length": length }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    sent.cork();
    for (const part of body) sent.write(part);
    sent.end();
    sent.uncork();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return { status: response.statusCode!, bytes: await readWhole(response) };
  }
}

/** A body into memory that was taken for it at once. */
async function readWhole(response: IncomingMessage): Promise<Uint8Array> {
  const length = Number(response.headers["content-length"] ?? NaN);
  if (!(length <= MOST_ANSWER_BYTES)) {
    response.destroy();
    throw new Error(`It answered with ${length} bytes.`);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at < length) throw new Error("It broke off.");
  return bytes;
}
