import { HttpRequestError } from "../http/httpRequestError.ts";

export interface RefusalOptions {
  headers?: Record<string, string>;
  /** What the answer tells besides, such as the plans that are missing. */
  fields?: object;
}

/** The key holder does not do what it was asked, and why; the name is the reason's. */
export class Refusal extends HttpRequestError {
  constructor(
    name: string,
    status: number,
    fact: string,
    remedy: string,
    { headers = {}, fields = {} }: RefusalOptions = {},
  ) {
    super(status, fact, remedy, headers, fields);
    this.name = name;
  }
}

/** Not now: the same may be asked again after a while. */
export function notYet(fact: string, waitS: number): Refusal {
  const seconds = Math.max(1, Math.ceil(waitS));
  return new Refusal("NotYetError", 503, fact, `Ask again in ${seconds} s.`, {
    headers: { "retry-after": String(seconds) },
  });
}
