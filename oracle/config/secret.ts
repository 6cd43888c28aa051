import { inspect } from "node:util";

/** A value that no log, message or JSON shows. */
export class Secret {
  readonly #value: string | undefined;
  /** What may be shown of it, such as a URL without user, path and query. */
  readonly shown: string;

  /** A secret whose variable was left as it stands, since whoever reads the file needs none. */
  static left(): Secret {
    return new Secret(undefined);
  }

  constructor(value: string | undefined, shown = "(secret)") {
    this.#value = value;
    this.shown = shown;
  }

  /** The value itself: for the one call that needs it. */
  reveal(): string {
    if (this.#value === undefined) throw new TypeError("A secret is asked for that was left.");
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
