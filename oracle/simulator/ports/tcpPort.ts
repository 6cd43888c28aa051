import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { showValue } from "../../../sdk/errors.ts";
import { SimulatorPortError, type OnConnection, type SimulatorPort } from "./simulatorPort.ts";

const REMEDIES: Record<string, [problem: string, remedy: string]> = {
  EADDRINUSE: ["is in use", "Choose another, or 0 for any free one."],
  EACCES: ["may not be opened by this user", "Choose one from 1024 on."],
  EADDRNOTAVAIL: ["is on an address that is none of this machine's", "Correct the host."],
  ENOTFOUND: ["is on a host that has no address", "Correct the host."],
};

/** A TCP server. It keeps its port over being closed and opened again. */
export class TcpPort implements SimulatorPort {
  readonly host: string;
  #port: number;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  /** @param port 0 for any free one */
  constructor({ host, port }: { host: string; port: number }) {
    this.host = host;
    this.#port = port;
  }

  get port(): number {
    return this.#port;
  }

  get where(): string {
    return `${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.#port}`;
  }

  async open(onConnection: OnConnection): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, onConnection));
    server.listen(this.#port, this.host);
    try {
      await once(server, "listening");
    } catch (error) {
      throw this.#explain(error as NodeJS.ErrnoException);
    }
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) reset(socket);
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  #accept(socket: Socket, onConnection: OnConnection): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A client that goes away in the middle of an answer is no error of the meter.
    socket.on("error", () => undefined);
    const receive = onConnection({
      write: (bytes) => {
        if (socket.writable) socket.write(bytes);
      },
      reset: () => reset(socket),
    });
    socket.on("data", receive);
  }

  #explain(error: NodeJS.ErrnoException): SimulatorPortError {
    const [problem, remedy] = REMEDIES[error.code ?? ""] ?? ["cannot be opened", undefined];
    return new SimulatorPortError(`Port ${showValue(this.where)} ${problem}.`, {
      ...(remedy === undefined ? { details: error.message } : { metaMessages: [remedy] }),
      cause: error,
    });
  }
}

/** A socket that is ending must not be reset: Node never closes it then, and the process cannot end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
