import { HttpRequestError } from "./httpRequestError.ts";
import { nameOf, plainAddress } from "./hostGuard.ts";
import type { HttpRequestHead } from "./httpRoute.ts";

const LOOPBACK = /^127\.|^::1$/;
const LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"];

/**
 * Answers programs on this machine only: neither another machine, nor a proxy for one, nor a page that a browser here has
 * open. That would send its origin, or another name than this machine's. What asks at an address of this machine's own
 * comes from that very address, and nobody else's connection does.
 * @param what is shown, for the message: `Evidence`
 * @throws HttpRequestError
 */
export function requireLocal(
  { remoteAddress, localAddress, headers }: HttpRequestHead,
  what: string,
  remedy: string,
): void {
  const isForwarded = "x-forwarded-for" in headers || "forwarded" in headers;
  const [peer, own] = [remoteAddress, localAddress].map(plainAddress);
  const isHere = peer !== "" && (LOOPBACK.test(peer!) || peer === own);
  const name = nameOf(headers.host ?? "") ?? "";
  const isOfPage = "origin" in headers || ![...LOCAL_NAMES, own].includes(name);
  if (isHere && !isForwarded && !isOfPage) return;
  throw new HttpRequestError(403, `${what} is shown on the service's own machine only.`, remedy);
}
