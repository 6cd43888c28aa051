import { inspect } from "node:util";

/** A value that no log, message or JSON shows. */
export class Secret {
  readonly #value: string;
  /** What may be shown of it, such as a URL without user, path and query. */
  readonly shown: string;

  constructor(value: string, shown = "(secret)") {
    this.#value = value;
    this.shown = shown;
  }

  /** The value itself: for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return this.shown;
  }

  toJSON(): string {
    return this.shown;
  }

  [inspect.custom](): string {
    return this.shown;
  }
}
