import type { IncomingHttpHeaders } from "node:http";
import { HttpRequestError } from "./httpRequestError.ts";

/** What a body may come to: what it says, but no more than is read of it. */
export function bytesOf(headers: IncomingHttpHeaders, mostBytes: number): number {
  const said = Number(headers["content-length"] ?? mostBytes);
  return Math.min(Number.isFinite(said) ? said : mostBytes, mostBytes);
}

/**
 * Of the whole, what one network address can have where nothing else is said: who announces much and sends nothing
 * leaves the rest to others.
 */
const PART_OF_ADDRESS = 4;

/** Keeps many large bodies that come at once, and answers that nobody reads, from taking all memory. */
export class ByteBudget {
  readonly #most: number;
  readonly #mostEach: number;
  readonly #spentOf = new Map<string, number>();
  #spent = 0;

  /**
   * @param most bytes in all
   * @param mostEach of one network address
   */
  constructor(most: number, mostEach = most / PART_OF_ADDRESS) {
    this.#most = most;
    this.#mostEach = mostEach;
  }

  /**
   * Does something for which so many bytes are in memory.
   * @param address whose they are, see `rateKeyOf`
   * @throws HttpRequestError where there are too many already, or of this address
   */
  async spend<T>(address: string, bytes: number, work: () => Promise<T>): Promise<T> {
    const release = this.take(address, bytes);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /**
   * Counts bytes that are in memory.
   * @returns what is called once when they are not any more
   * @throws HttpRequestError where there are too many already, or of this address
   */
  take(address: string, bytes: number): () => void {
    const own = this.#spentOf.get(address) ?? 0;
    // One alone is always taken where there is room: a body may be larger than a part.
    const isOver = own > 0 && own + bytes > this.#mostEach;
    if (isOver || this.#spent + bytes > this.#most) {
      throw new HttpRequestError(
        503,
        "Too much is being sent or fetched at once.",
        "Ask again in a moment, and read answers as they come.",
        { "retry-after": "1", connection: "close" },
      );
    }
    this.#spent += bytes;
    this.#spentOf.set(address, own + bytes);
    return () => {
      this.#spent -= bytes;
      const left = this.#spentOf.get(address)! - bytes;
      if (left > 0) this.#spentOf.set(address, left);
      else this.#spentOf.delete(address);
    };
  }
}
