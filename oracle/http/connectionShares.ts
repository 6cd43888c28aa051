import type { Socket } from "node:net";
import { rateKeyOf } from "../../sdk/private/relayer/rateLimit.ts";

/** Keeps one network address from taking all connections. */
export class ConnectionShares {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  /** @param most connections of one address */
  constructor(most: number) {
    this.#most = most;
  }

  take(socket: Socket): void {
    const key = rateKeyOf(socket.remoteAddress ?? "");
    const count = (this.#counts.get(key) ?? 0) + 1;
    if (count > this.#most) return void socket.destroy();
    this.#counts.set(key, count);
    socket.once("close", () => this.#release(key));
  }

  #release(key: string): void {
    const count = this.#counts.get(key)! - 1;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
