import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { BaseError } from "../../sdk/errors.ts";
import type { GatewayView } from "./gatewayView.ts";
import { checkHost } from "./hostGuard.ts";
import { errorReply, HttpRequestError, sendReply, type HttpReply } from "./httpReply.ts";
import { findRoute, httpRoutes, type HttpRoute } from "./httpRoutes.ts";
import { HttpServerError } from "./httpServerError.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** How long a peer may take; who is slower is cut off, so that slow ones cannot use up the connections. */
export interface HttpTimeouts {
  headersMs: number;
  requestMs: number;
  responseMs: number;
  /** At the end, for requests that are being answered. */
  closeMs: number;
}

export interface HttpServerOptions {
  view: GatewayView;
  metrics: Metrics;
  /** Consumption is personal: an address that others reach needs a proxy that asks who they are. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  log: Log;
  timeouts?: HttpTimeouts;
}

const TIMEOUTS: HttpTimeouts = {
  headersMs: 5_000,
  requestMs: 10_000,
  responseMs: 30_000,
  closeMs: 3_000,
};
const MOST_HEADER_BYTES = 8192;
const MOST_CONNECTIONS = 64;

/** What is said where a request could not even be read, by the error's code. */
const UNREADABLE: Record<string, [status: string, message: string, remedy: string]> = {
  HPE_HEADER_OVERFLOW: [
    "431 Request Header Fields Too Large",
    `The headers have more than ${MOST_HEADER_BYTES} bytes.`,
    "Leave out cookies and whatever else is not needed.",
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    "408 Request Timeout",
    "The request took too long.",
    "Send it at once.",
  ],
};

/** Serves `/healthz`, `/readyz`, `/metrics`, `/status` and `/commands`. It answers no other origin's pages: no CORS. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #timeouts: HttpTimeouts;
  readonly #server: Server;
  readonly #routes: Record<string, HttpRoute>;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#timeouts = options.timeouts ?? TIMEOUTS;
    this.#routes = httpRoutes(options.view, options.metrics);
    const { headersMs, requestMs } = this.#timeouts;
    this.#server = createServer(
      {
        headersTimeout: headersMs,
        requestTimeout: requestMs,
        connectionsCheckingInterval: Math.min(1000, headersMs),
        keepAliveTimeout: 5000,
        maxHeaderSize: MOST_HEADER_BYTES,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on("clientError", refuseUnreadable);
  }

  /**
   * @returns the URL at which it serves
   * @throws HttpServerError
   */
  async start(): Promise<string> {
    const { host, port } = this.#options;
    try {
      this.#server.listen(port, host);
      await once(this.#server, "listening");
    } catch (error) {
      throw new HttpServerError(host, port, error as NodeJS.ErrnoException);
    }
    // Such as too many open files at a new connection.
    this.#server.on("error", (error) =>
      this.#options.log.warn("A connection could not be taken.", { error }),
    );
    const { address, port: bound, family } = this.#server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`;
  }

  /** Answers what it was asked already, for a few seconds at most. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    const timer = setTimeout(() => this.#server.closeAllConnections(), this.#timeouts.closeMs);
    await closed;
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const timer = setTimeout(() => request.socket.destroy(), this.#timeouts.responseMs);
    response.once("close", () => clearTimeout(timer));
    // A peer that goes away in between is no news.
    request.on("error", () => {});
    const reply = await this.#answer(request).catch((error: unknown) => this.#failure(error));
    if (response.destroyed) return;
    // What follows on the connection could be the rest of a body that was not read.
    if (!request.complete || !this.#server.listening) response.shouldKeepAlive = false;
    sendReply(response, reply);
  }

  async #answer(request: IncomingMessage): Promise<HttpReply> {
    checkHost(request, this.#options.host);
    return findRoute(this.#routes, request).answer(request);
  }

  #failure(error: unknown): HttpReply {
    if (error instanceof HttpRequestError) return errorReply(error.status, error, error.headers);
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET")
      this.#options.log.error("A request could not be answered.", { error });
    if (error instanceof BaseError) return errorReply(503, error);
    const defect = new BaseError("The gateway failed to answer.", {
      metaMessages: ["Its log says why."],
    });
    return errorReply(500, defect);
  }
}

function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const [status, message, remedy] = UNREADABLE[error.code ?? ""] ?? [
    "400 Bad Request",
    "This is no HTTP request.",
    "Use HTTP/1.1 without TLS.",
  ];
  const { contentType, body } = errorReply(400, new BaseError(message, { metaMessages: [remedy] }));
  const head = [
    `HTTP/1.1 ${status}`,
    "connection: close",
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
