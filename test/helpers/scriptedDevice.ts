import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { withCrc } from "../../oracle/modbus/crc16.ts";

/** What a device does with a request; it may write anything at any time, or nothing. */
export type Script = (request: Buffer, stream: Duplex, index: number) => void;

/** A device on a TCP port whose every byte the test decides. */
export class ScriptedDevice {
  /** What it does next; may be changed at any time. */
  script: Script;
  /** The requests so far, as they came. */
  readonly requests: Buffer[] = [];
  readonly sockets = new Set<Socket>();
  /** Connections that were ever made. */
  connections = 0;
  readonly #server: Server;

  constructor(script: Script = () => undefined) {
    this.script = script;
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      ++this.connections;
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => undefined);
      socket.on("data", (request) => this.hear(request, socket));
    });
  }

  /** For a device on another stream: it hears a request. */
  hear(request: Buffer, stream: Duplex): void {
    this.requests.push(request);
    this.script(request, stream, this.requests.length - 1);
  }

  async start(): Promise<{ kind: "tcp"; host: string; port: number }> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return {
      kind: "tcp",
      host: "127.0.0.1",
      port: (this.#server.address() as AddressInfo).port,
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** An RTU answer to a read with the given bytes of registers. */
export function rtuReply(request: Buffer, data: Buffer): Buffer {
  return withCrc(Buffer.concat([request.subarray(0, 2), Buffer.from([data.length]), data]));
}

/** An RTU refusal. */
export function rtuException(request: Buffer, code: number): Buffer {
  return withCrc(Buffer.from([request[0]!, request[1]! | 0x80, code]));
}

/** Modbus TCP around the body of an RTU frame, with the number of a request. */
export function mbap(request: Buffer, rtuFrame: Buffer): Buffer {
  const body = rtuFrame.subarray(0, -2);
  return Buffer.concat([request.subarray(0, 4), Buffer.from([0, body.length]), body]);
}

/** A Modbus TCP answer to a read. */
export function tcpReply(request: Buffer, data: Buffer): Buffer {
  return mbap(request, rtuReply(request.subarray(6), data));
}

/** How many registers a read asks for, and from where; RTU or, without its header, TCP. */
export function readOf(pdu: Buffer): { unit: number; address: number; count: number } {
  return { unit: pdu[0]!, address: pdu.readUInt16BE(2), count: pdu.readUInt16BE(4) };
}
