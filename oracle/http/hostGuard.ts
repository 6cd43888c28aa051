import type { IncomingMessage } from "node:http";
import { hostname } from "node:os";
import { HttpRequestError } from "./httpRequestError.ts";

/**
 * Refuses requests that were addressed to another name. A page on the internet can have its own name resolve to this
 * machine and so read what it serves (DNS rebinding), but the browser then still sends that name.
 * @param host the configured address
 * @throws HttpRequestError
 */
export function checkHost({ headers, socket }: IncomingMessage, host: string): void {
  const given = nameOf(headers.host ?? "");
  const own = hostname().toLowerCase();
  const address = plainAddress(socket.localAddress ?? "");
  const known = [address, host.toLowerCase(), "localhost", own, `${own}.local`];
  if (given === undefined || !known.includes(given)) {
    throw new HttpRequestError(
      421,
      `The request is addressed to ${JSON.stringify(headers.host ?? "")}, which is not served here.`,
      `Use http://${address.includes(":") ? `[${address}]` : address}:${socket.localPort ?? ""}.`,
    );
  }
}

/** An address as people write it; that of a connection that came over IPv4 to an IPv6 socket too. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

/** The name or address of a Host header, without the port, which differs behind a tunnel. */
export function nameOf(header: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::\d+)?$/i.exec(header) ?? [];
  return (bracketed ?? plain)?.toLowerCase().replace(/\.$/, "");
}
