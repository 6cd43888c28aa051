/** How much each may ask for. */
export interface RateOptions {
  perMinute: number;
  /** How much at once after a pause. */
  burst: number;
  nowMs?: () => number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

const MINUTE_MS = 60_000;
/** Of whom is kept account at most: who came longest ago is forgotten. */
const MOST_KEYS = 10_000;

/** Lets everybody do something so often. */
export class RateLimit {
  readonly #options: RateOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateOptions) {
    this.#options = options;
  }

  /** @returns 0 where it is allowed, else for how many seconds it is not */
  take(key: string): number {
    const { perMinute, burst, nowMs = Date.now } = this.#options;
    const now = nowMs();
    const { tokens, atMs } = this.#buckets.get(key) ?? { tokens: burst, atMs: now };
    const filled = Math.min(burst, tokens + ((now - atMs) / MINUTE_MS) * perMinute);
    const isAllowed = filled >= 1;
    // The last one that came is the last one of the map.
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isAllowed ? filled - 1 : filled, atMs: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST_KEYS) this.#buckets.delete(oldest!);
    return isAllowed ? 0 : Math.ceil(((1 - filled) / perMinute) * 60);
  }
}

/** Who somebody is, by its network address: of IPv6 the half that a household has for itself. */
export function rateKeyOf(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [left = "", right] = address.split("%")[0]!.split("::");
  const groups = left.split(":").filter(Boolean);
  const rest = (right ?? "").split(":").filter(Boolean);
  const zeros = right === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array<string>(zeros).fill("0"), ...rest].slice(0, 4).join(":");
}
