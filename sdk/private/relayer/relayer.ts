import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ContractRevertedError } from "../../clients/revertError.ts";
import type { TransactionSender } from "../../clients/transactionSender.ts";
import { BaseError } from "../../errors.ts";
import { RateLimit, rateKeyOf, type RateOptions } from "./rateLimit.ts";
import { parseRelayRequest, RelayRefusedError, type RelayedVerb } from "./relayedCall.ts";
import { MOST_BODY_BYTES, RELAYER_FORMAT, type RelayerTerms } from "./relayerProtocol.ts";

/** What a relayer tells its operator of a call: nothing that tells whose it was. */
export interface RelayReport {
  verb: RelayedVerb;
  /** `mined`, or the name of the error. */
  outcome: string;
}

export interface RelayerOptions {
  pool: string;
  /** The only one that sends with its key. */
  sender: TransactionSender;
  /** What a withdrawal must give it; 0 where the relayer works for nothing. */
  feeNano?: bigint;
  host?: string;
  /** 0 takes a free one. */
  port?: number;
  /** Of one network address. */
  rate?: RateOptions;
  /** How many calls may wait for their turn. */
  mostWaiting?: number;
  onRelayed?: (report: RelayReport) => void;
}

const RATE: RateOptions = { perMinute: 30, burst: 10 };
const MOST_WAITING = 16;
const REQUEST_MS = 10_000;
const MOST_CONNECTIONS = 128;
/** A page of any origin may ask: nothing is answered for whom it is, and no cookie is looked at. */
const HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "content-type",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

interface Reply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

const refuse = (status: number, message: string, remedy: string): Reply => ({
  status,
  body: { error: { message, remedies: [remedy] } },
});

/**
 * Sends calls of a pool for whoever asks, so that nobody sees whose they are. It sends only what anybody may send, and
 * only what a call on its own node does not revert; it keeps and logs nothing of a request. It learns from which
 * network address a call came: who wants to hide that too asks it through something that hides it.
 */
export class Relayer {
  readonly #options: RelayerOptions;
  readonly #server: Server;
  readonly #rate: RateLimit;
  #waiting = 0;

  constructor(options: RelayerOptions) {
    this.#options = options;
    this.#rate = new RateLimit(options.rate ?? RATE);
    const limits = {
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 8192,
    };
    this.#server = createServer(limits, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** @returns the URL at which it serves */
  async start(): Promise<string> {
    const { host = "127.0.0.1", port = 0 } = this.#options;
    try {
      this.#server.listen(port, host);
      await once(this.#server, "listening");
    } catch (error) {
      throw new BaseError(`The relayer cannot serve at ${host}:${port}.`, {
        details: (error as Error).message,
        metaMessages: ["Choose another port, or end what has it."],
        cause: error,
      });
    }
    const { address, port: bound, family } = this.#server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`;
  }

  /** Sends on what it has begun; takes nothing new. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeIdleConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on("error", () => {});
    let reply: Reply;
    try {
      reply = await this.#answer(request);
    } catch {
      // What it was may be of the request, and is not told.
      reply = refuse(500, "The relayer failed.", "Ask another one.");
    }
    if (response.destroyed) return;
    if (!request.complete || !this.#server.listening) response.shouldKeepAlive = false;
    response
      .writeHead(reply.status, {
        "content-type": "application/json",
        ...HEADERS,
        ...reply.headers,
      })
      .end(JSON.stringify(reply.body));
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    const path = request.url?.split("?")[0];
    if (request.method === "OPTIONS") return { status: 204, body: {} };
    if (path === "/" && request.method === "GET") return { status: 200, body: await this.terms() };
    if (path !== "/relay") return refuse(404, "There is nothing here.", "Ask for / or /relay.");
    if (request.method !== "POST") return refuse(405, "That is asked by POST.", "Send a POST.");
    const waitS = this.#rate.take(rateKeyOf(request.socket.remoteAddress ?? ""));
    if (waitS > 0) {
      const reply = refuse(429, "That is too often.", `Ask again in ${waitS} s.`);
      return { ...reply, headers: { "retry-after": String(waitS) } };
    }
    const body = await readBody(request);
    if (body === undefined) {
      return refuse(413, "The request is too long.", `It has at most ${MOST_BODY_BYTES} bytes.`);
    }
    return this.#relay(body);
  }

  async terms(): Promise<RelayerTerms> {
    const { pool, sender, feeNano = 0n } = this.#options;
    const { chainId } = await sender.provider.getNetwork();
    return {
      format: RELAYER_FORMAT,
      chainId: String(chainId),
      pool,
      relayer: sender.address,
      feeNano: String(feeNano),
    };
  }

  async #relay(text: string): Promise<Reply> {
    const { pool, sender, feeNano = 0n, mostWaiting = MOST_WAITING, onRelayed } = this.#options;
    let call;
    try {
      const body: unknown = JSON.parse(text);
      call = parseRelayRequest(body, { pool, relayer: sender.address, feeNano });
    } catch (error) {
      return refusalOf(error);
    }
    if (this.#waiting >= mostWaiting) {
      const reply = refuse(
        503,
        `${this.#waiting} calls are waiting.`,
        "Ask again, or another one.",
      );
      return { ...reply, headers: { "retry-after": "5" } };
    }
    this.#waiting++;
    const { verb, to, data } = call;
    try {
      const { hash, blockNumber } = await sender.send({ to, data });
      onRelayed?.({ verb, outcome: "mined" });
      return { status: 200, body: { hash, blockNumber } };
    } catch (error) {
      onRelayed?.({ verb, outcome: outcomeOf(error) });
      return refusalOf(error);
    } finally {
      this.#waiting--;
    }
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof ContractRevertedError) return error.reason.name;
  return error instanceof Error ? error.name : "Error";
}

function refusalOf(error: unknown): Reply {
  if (error instanceof SyntaxError) {
    return refuse(400, "The request is no JSON.", 'Send {"pool", "data"} as JSON.');
  }
  if (!(error instanceof BaseError)) throw error;
  const { shortMessage: message, metaMessages: remedies } = error;
  const status =
    error instanceof RelayRefusedError ? 400 : error instanceof ContractRevertedError ? 422 : 502;
  return { status, body: { error: { message, remedies } } };
}

/** @returns nothing where it is too long */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
