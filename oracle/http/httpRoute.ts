import type { IncomingHttpHeaders } from "node:http";
import type { HttpReply } from "./httpReply.ts";

/** A request before its body is read. */
export interface HttpRequestHead {
  method: string;
  /** As it was asked for, without a query. */
  path: string;
  /** The parts of the path that the route names, as they were asked for. */
  params: Readonly<Record<string, string>>;
  headers: IncomingHttpHeaders;
  /** The peer's network address; behind a proxy, the proxy's. */
  remoteAddress: string;
  /** Of this machine, at which the connection came in. */
  localAddress: string;
}

/** A request with its body, which is empty where the route takes none. */
export interface HttpRequest extends HttpRequestHead {
  body: Uint8Array;
}

/** What a route takes as a body. */
export interface HttpBodyRules {
  /** The content type that it must have, such as `application/json`. */
  contentType: string;
  /** What is to be sent, for messages: `the signed command`. */
  what: string;
  mostBytes: number;
}

/** What answers at a path. */
export interface HttpRoute {
  /** A route for GET answers HEAD too. */
  method: "GET" | "POST";
  /** Each part is a word or names a parameter: `/rounds/:id/bids/:position`. */
  path: string;
  /** None is read where this is left out. */
  body?: HttpBodyRules;
  /** Asked before a body is read, such as whether the peer asks too often. @throws HttpRequestError */
  admit?: (head: HttpRequestHead) => void;
  /** @throws HttpRequestError, or what is no user's error */
  answer: (request: HttpRequest) => Promise<HttpReply>;
}
