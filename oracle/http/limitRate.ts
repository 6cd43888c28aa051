import { RateLimit, rateKeyOf, type RateOptions } from "../../sdk/private/relayer/rateLimit.ts";
import { HttpRequestError } from "./httpRequestError.ts";
import type { HttpRoute } from "./httpRoute.ts";

/** Of what everybody may ask and costs little: enough for all wallets behind one proxy. */
export const PUBLIC_RATE: RateOptions = { perMinute: 6_000, burst: 600 };

/** Admits so many requests of a network address, before their bodies are read. */
export function limitRate(options: RateOptions): NonNullable<HttpRoute["admit"]> {
  const rate = new RateLimit(options);
  return ({ remoteAddress }) => {
    const waitS = rate.take(rateKeyOf(remoteAddress));
    if (waitS === 0) return;
    throw new HttpRequestError(429, "That is too often.", `Ask again in ${waitS} s.`, {
      "retry-after": String(waitS),
      connection: "close",
    });
  };
}
