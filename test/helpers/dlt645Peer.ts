import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { matchesAddress } from "../../oracle/dlt645/address.ts";
import { encodeFrame, type Dlt645Frame } from "../../oracle/dlt645/frame.ts";
import { FrameStream } from "../../oracle/dlt645/frameStream.ts";
import { findIdentifier } from "../../oracle/dlt645/identifiers.ts";
import { addressReply, dataReply, errorReply, parseRequest } from "../../oracle/dlt645/messages.ts";
import { encodeDigitPairs, encodeNumber } from "../../oracle/dlt645/values.ts";

/** What the other end of a line does with a request. */
export type Answer = (request: Dlt645Frame, send: (bytes: Buffer) => void, socket: Socket) => void;

/** The other end of a line, byte by byte under a test's control. */
export class Dlt645Peer {
  /** All requests that came, in order. */
  readonly requests: Dlt645Frame[] = [];
  connections = 0;
  answer: Answer;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(answer: Answer) {
    this.answer = answer;
    this.#server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.setNoDelay();
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
      const frames = new FrameStream();
      socket.on("data", (chunk) => {
        for (const request of frames.push(chunk)) {
          this.requests.push(request);
          const send = (bytes: Buffer) => {
            if (socket.writable) socket.write(bytes);
          };
          this.answer(request, send, socket);
        }
      });
    });
  }

  async start(): Promise<{ kind: "tcp"; host: string; port: number }> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return { kind: "tcp", host: "127.0.0.1", port: (this.#server.address() as AddressInfo).port };
  }

  /** Sends without being asked. */
  say(bytes: Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** Ends all connections, and waits until their other ends have seen it. */
  async hangUp(): Promise<void> {
    const closed = [...this.#sockets].map((socket) => once(socket, "close"));
    for (const socket of this.#sockets) socket.end();
    await Promise.all(closed);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** What a meter shows, by identifier: an integer in units of its last digit, or the value's bytes. */
export type Values = Record<string, bigint | Uint8Array>;

/** The reply of a meter that has some values and behaves; undefined where another is meant. */
export function replyOf(address: string, values: Values, request: Dlt645Frame): Buffer | undefined {
  if (!matchesAddress(request.address, address)) return undefined;
  const asked = parseRequest(request);
  if (asked?.kind === "readAddress") return encodeFrame(addressReply(address));
  if (asked?.kind !== "read") return encodeFrame(errorReply(address, request.control, 1));
  const value = asked.di === "04000401" ? encodeDigitPairs(address) : values[asked.di];
  if (value === undefined) return encodeFrame(errorReply(address, request.control, 2));
  const format = findIdentifier(asked.di)!.format;
  const bytes =
    typeof value === "bigint" && format.kind === "number" ? encodeNumber(format, value) : value;
  return encodeFrame(dataReply(address, asked.di, bytes as Uint8Array));
}
