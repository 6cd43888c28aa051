import type { Duplex } from "node:stream";
import { BaseError } from "../../sdk/errors.ts";
import { errorReply } from "./httpReply.ts";

export const MOST_HEADER_BYTES = 8192;

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

/** Answers what is no request, and closes its connection. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
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
  socket.end(`${head.join("\r\n")}\r\n\r\n${String(body)}`, () => socket.destroy());
}
