import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { BaseError } from "../../sdk/errors.ts";
import { rateKeyOf } from "../../sdk/private/relayer/rateLimit.ts";
import type { Log } from "../operations/log.ts";
import { ByteBudget, bytesOf } from "./byteBudget.ts";
import { ConnectionShares } from "./connectionShares.ts";
import { ConnectionTurns } from "./connectionTurns.ts";
import { checkHost } from "./hostGuard.ts";
import { errorReply, heldBytesOf, sendReply, type HttpReply } from "./httpReply.ts";
import { HttpRequestError } from "./httpRequestError.ts";
import type { HttpRequest, HttpRoute } from "./httpRoute.ts";
import { ADDRESS_OPTIONS, HttpServerError, type AddressSettings } from "./httpServerError.ts";
import { OPEN_HEADERS, PREFLIGHT_HEADERS } from "./openAccess.ts";
import { readBody } from "./readBody.ts";
import { RouteTable } from "./routeTable.ts";
import { MOST_HEADER_BYTES, refuseUnreadable } from "./unreadable.ts";

/** How long a peer may take; who is slower is cut off, so that slow ones cannot use up the connections. */
export interface HttpTimeouts {
  headersMs: number;
  requestMs: number;
  responseMs: number;
  /** At the end, for requests that are being answered: so long, and so long again for what answers them to end. */
  closeMs: number;
}

export interface HttpServerOptions {
  /** What is served, for messages: `Health and metrics`. */
  name: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  log: Log;
  routes: readonly HttpRoute[];
  timeouts?: Partial<HttpTimeouts>;
  /** How many connections there may be; 64 unless given. */
  mostConnections?: number;
  /** How many of one network address; as many as there are unless given. */
  mostConnectionsEach?: number;
  /** How many bytes of bodies, and of answers that wait to be sent, may be in memory at a time; 256 MiB unless given. */
  mostBytesAtOnce?: number;
  /** How many of them of one network address; a quarter unless given. */
  mostBytesEach?: number;
  /** Whether browsers may ask from pages of every origin, and by whatever name this machine has for them. */
  isOpen?: boolean;
  /** Whether it is served by whatever name and to no other origin's pages: every route asks for a secret. */
  takesAnyName?: boolean;
  /** Where host and port are set, for messages; `--host` and `--port` unless given. */
  settings?: AddressSettings;
  /** The status of an error that a user can mend; 503 unless given. */
  statusOf?: (error: BaseError) => number | undefined;
  /** Makes of each reply to a request that was read what is sent: a service signs it. */
  sealReply?: (request: HttpRequest, reply: HttpReply) => Promise<HttpReply>;
}

const TIMEOUTS: HttpTimeouts = {
  headersMs: 5_000,
  requestMs: 10_000,
  responseMs: 30_000,
  closeMs: 3_000,
};
const MOST_CONNECTIONS = 64;
const MOST_BYTES_AT_ONCE = 2 ** 28;
/** An answer of so much at most is not counted: a connection takes as much in any case. */
const SMALL_ANSWER_BYTES = 2 ** 16;
const NOTHING = new Uint8Array();

/** Serves routes over HTTP. Unless it is open it answers no other origin's pages: no CORS. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #timeouts: HttpTimeouts;
  readonly #server: Server;
  readonly #routes: RouteTable;
  readonly #budget: ByteBudget;
  readonly #serving = new Set<Promise<void>>();
  readonly #turns = new ConnectionTurns();

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#budget = new ByteBudget(
      options.mostBytesAtOnce ?? MOST_BYTES_AT_ONCE,
      options.mostBytesEach,
    );
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts };
    this.#routes = new RouteTable(options.routes);
    const { headersMs, requestMs } = this.#timeouts;
    this.#server = createServer(
      {
        headersTimeout: headersMs,
        requestTimeout: requestMs,
        connectionsCheckingInterval: Math.min(1000, headersMs),
        keepAliveTimeout: 5000,
        maxHeaderSize: MOST_HEADER_BYTES,
      },
      (request, response) =>
        this.#turns.take(request.socket, response, () =>
          this.#track(this.#serve(request, response)),
        ),
    );
    this.#server.maxConnections = options.mostConnections ?? MOST_CONNECTIONS;
    this.#server.on("clientError", refuseUnreadable);
    if (options.mostConnectionsEach === undefined) return;
    const shares = new ConnectionShares(options.mostConnectionsEach);
    this.#server.on("connection", (socket) => shares.take(socket));
  }

  /**
   * @returns the URL at which it serves
   * @throws HttpServerError
   */
  async start(): Promise<string> {
    const { name, host, port, settings = ADDRESS_OPTIONS } = this.#options;
    try {
      this.#server.listen(port, host);
      await once(this.#server, "listening");
    } catch (error) {
      const place = { name, host, port, settings };
      throw new HttpServerError(place, error as NodeJS.ErrnoException);
    }
    // Such as too many open files at a new connection.
    this.#server.on("error", (error) =>
      this.#options.log.warn("A connection could not be taken.", { error }),
    );
    const { address, port: bound, family } = this.#server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`;
  }

  /**
   * Answers what it was asked already, for a few seconds at most. Who is cut off then is answered no more, but what was
   * begun for it is waited for as long again: it may write to a store that is closed next.
   */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const { closeMs } = this.#timeouts;
    const closed = once(this.#server, "close");
    this.#server.close();
    const timer = setTimeout(() => this.#server.closeAllConnections(), closeMs);
    await closed;
    clearTimeout(timer);
    if (this.#serving.size === 0) return;
    const waiting = new AbortController();
    const late = pause(closeMs, undefined, { signal: waiting.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(this.#serving), late]);
    waiting.abort();
    if (this.#serving.size > 0)
      this.#options.log.warn("Requests did not end.", { requests: this.#serving.size });
  }

  #track(serving: Promise<void>): void {
    this.#serving.add(serving);
    void serving.finally(() => this.#serving.delete(serving));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const timer = setTimeout(() => request.socket.destroy(), this.#timeouts.responseMs);
    response.once("close", () => clearTimeout(timer));
    // A peer that goes away in between is no news.
    request.on("error", () => {});
    const address = rateKeyOf(request.socket.remoteAddress ?? "");
    const reply = await this.#reply(request).catch((error: unknown) => this.#failure(error));
    if (response.destroyed) return;
    // What follows on the connection could be the rest of a body that was not read.
    if (!request.complete || !this.#server.listening) response.shouldKeepAlive = false;
    const opened = this.#options.isOpen === true ? OPEN_HEADERS : {};
    const sent = this.#charge(address, reply, response);
    sendReply(response, { ...sent, headers: { ...opened, ...sent.headers } });
  }

  /** An answer counts as memory until its peer has fetched it. @returns it, or that there is no room for it */
  #charge(address: string, reply: HttpReply, response: ServerResponse): HttpReply {
    const bytes = heldBytesOf(reply);
    if (bytes <= SMALL_ANSWER_BYTES) return reply;
    try {
      response.once("close", this.#budget.take(address, bytes));
      return reply;
    } catch (error) {
      return this.#failure(error);
    }
  }

  async #reply(incoming: IncomingMessage): Promise<HttpReply> {
    const { host, isOpen = false, takesAnyName = false } = this.#options;
    const { method = "", url = "", headers, socket } = incoming;
    if (!isOpen && !takesAnyName) checkHost(incoming, host);
    if (isOpen && method === "OPTIONS") {
      return { status: 204, contentType: "", body: "", headers: { ...PREFLIGHT_HEADERS } };
    }
    const path = url.split("?", 1)[0]!;
    const { route, params } = this.#routes.find(method, path);
    const { remoteAddress = "", localAddress = "" } = socket;
    const head = { method, path, params, headers, remoteAddress, localAddress };
    route.admit?.(head);
    if (route.body === undefined) return this.#answer(route, { ...head, body: NOTHING });
    const rules = route.body;
    const bytes = bytesOf(headers, rules.mostBytes);
    return this.#budget.spend(rateKeyOf(remoteAddress), bytes, async () => {
      const body = await readBody(incoming, rules);
      return this.#answer(route, { ...head, body });
    });
  }

  async #answer(route: HttpRoute, request: HttpRequest): Promise<HttpReply> {
    const { sealReply } = this.#options;
    if (sealReply === undefined) return route.answer(request);
    try {
      return await sealReply(request, await route.answer(request));
    } catch (error) {
      return sealReply(request, this.#failure(error));
    }
  }

  #failure(error: unknown): HttpReply {
    if (error instanceof HttpRequestError)
      return errorReply(error.status, error, error.headers, error.fields);
    const status = error instanceof BaseError ? this.#options.statusOf?.(error) : undefined;
    if (status === undefined && (error as NodeJS.ErrnoException).code !== "ECONNRESET")
      this.#options.log.error("A request could not be answered.", { error });
    if (error instanceof BaseError) return errorReply(status ?? 503, error);
    const defect = new BaseError("This service failed to answer.", {
      metaMessages: ["Its log says why."],
    });
    return errorReply(500, defect);
  }
}
