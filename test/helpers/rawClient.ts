import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A TCP client that knows of bytes alone. */
export class RawClient {
  /** Everything that came, as hex, one piece as it was read. */
  readonly pieces: string[] = [];
  /** `ECONNRESET`, where the other side reset the connection. */
  error: string | undefined;
  isClosed = false;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.pieces.push(bytes.toString("hex")));
    socket.on("error", (error: NodeJS.ErrnoException) => (this.error = error.code));
    socket.on("close", () => (this.isClosed = true));
  }

  /** @param where host and port, as a simulator tells them */
  static async open(where: string): Promise<RawClient> {
    const [host, port] = where.split(":");
    const socket = connect({ host: host!, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new RawClient(socket);
  }

  send(hex: string): void {
    this.#socket.write(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  }

  /** What comes after a request: everything, as soon as it has so many bytes, or after a time. */
  async ask(hex: string, bytes: number, withinMs = 20_000): Promise<string> {
    this.pieces.length = 0;
    this.send(hex);
    const until = performance.now() + withinMs;
    while (this.received.length < 2 * bytes && performance.now() < until && !this.isClosed)
      await pause(2);
    return this.received;
  }

  get received(): string {
    return this.pieces.join("");
  }

  close(): void {
    this.#socket.destroy();
  }
}
