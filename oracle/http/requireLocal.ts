import { HttpRequestError } from "./httpRequestError.ts";
import type { HttpRequestHead } from "./httpRoute.ts";

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;
const LOCAL_NAME = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * Answers programs on this machine only: neither another machine, nor a proxy for one, nor a page that a browser here has
 * open. That would send its origin, or another name than this machine's.
 * @param what is shown, for the message: `Evidence`
 * @throws HttpRequestError
 */
export function requireLocal(
  { remoteAddress, headers }: HttpRequestHead,
  what: string,
  remedy: string,
): void {
  const isForwarded = "x-forwarded-for" in headers || "forwarded" in headers;
  const isOfPage = "origin" in headers || !LOCAL_NAME.test(headers.host ?? "");
  if (LOOPBACK.test(remoteAddress) && !isForwarded && !isOfPage) return;
  throw new HttpRequestError(403, `${what} is shown on the service's own machine only.`, remedy);
}
