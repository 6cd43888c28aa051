import type { IncomingHttpHeaders } from "node:http";
import { HttpRequestError } from "./httpRequestError.ts";

/** What a body may come to: what it says, but no more than is read of it. */
export function bytesOf(headers: IncomingHttpHeaders, mostBytes: number): number {
  const said = Number(headers["content-length"] ?? mostBytes);
  return Math.min(Number.isFinite(said) ? said : mostBytes, mostBytes);
}

/** Keeps many large bodies that come at once from taking all memory. */
export class ByteBudget {
  readonly #most: number;
  #spent = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Does something for which so many bytes are in memory. @throws HttpRequestError where there are too many already */
  async spend<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#spent + bytes > this.#most) {
      throw new HttpRequestError(
        503,
        "Too much is being sent at once.",
        "Send it again in a moment.",
        { "retry-after": "1", connection: "close" },
      );
    }
    this.#spent += bytes;
    try {
      return await work();
    } finally {
      this.#spent -= bytes;
    }
  }
}
