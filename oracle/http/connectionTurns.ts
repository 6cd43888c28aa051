import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** More than any client sends ahead; browsers, proxies and this project's own send none. */
const MOST_WAITING = 8;

/**
 * Has the requests of a connection answered one after another. Node reads those that a client sends ahead at once, as
 * many as a packet holds, and would keep all their answers until they are fetched.
 */
export class ConnectionTurns {
  readonly #waiting = new WeakMap<Socket, (() => void)[]>();

  /** Serves a request when the answers before its own were sent to their ends. Who sends too many ahead is cut off. */
  take(socket: Socket, response: ServerResponse, serve: () => void): void {
    response.once("close", () => this.#next(socket));
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) {
      this.#waiting.set(socket, []);
      serve();
    } else if (waiting.length < MOST_WAITING) waiting.push(serve);
    else socket.destroy();
  }

  #next(socket: Socket): void {
    const serve = socket.writable ? this.#waiting.get(socket)?.shift() : undefined;
    if (serve === undefined) this.#waiting.delete(socket);
    else serve();
  }
}
