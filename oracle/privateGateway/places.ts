import { HttpRequestError } from "../http/httpRequestError.ts";

export interface PlacesOptions {
  /** How many there are. */
  most: number;
  /** How many of them one participant may have. */
  mostEach: number;
}

const RETRY_S = 5;

/** Places to wait in: more requests than these are not begun, so that nobody waits for ever, and nobody for one alone. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** How many are taken. */
  get count(): number {
    return this.#count;
  }

  /** Does work in a place. @throws HttpRequestError where there is none */
  async within<T>(participant: string, work: () => Promise<T>): Promise<T> {
    const { most, mostEach } = this.#options;
    const own = this.#taken.get(participant) ?? 0;
    if (this.#count >= most || own >= mostEach) {
      const [waiting, whose] = own >= mostEach ? [own, "of this participant "] : [this.#count, ""];
      throw new HttpRequestError(
        503,
        `${waiting} requests ${whose}are waiting.`,
        `Ask again in ${RETRY_S} s.`,
        { "retry-after": String(RETRY_S) },
      );
    }
    this.#taken.set(participant, own + 1);
    this.#count++;
    try {
      return await work();
    } finally {
      const left = this.#taken.get(participant)! - 1;
      if (left === 0) this.#taken.delete(participant);
      else this.#taken.set(participant, left);
      this.#count--;
    }
  }
}
