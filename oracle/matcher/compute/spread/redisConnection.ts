import { Redis } from "ioredis";
import { RedisError, RedisUrlError } from "./spreadErrors.ts";

const CONNECT_MS = 5_000;
const LONGEST_PAUSE_MS = 2_000;

/** Where a Redis is, without the password that its URL may hold. @throws RedisUrlError */
function placeOf(url: string): string {
  const { protocol, host } = URL.parse(url) ?? {};
  if (host === undefined || !["redis:", "rediss:"].includes(protocol!)) throw new RedisUrlError();
  return host;
}

/**
 * Opens a connection, which from then on is opened again whenever it is lost.
 * @param onLost hears of each loss
 * @throws RedisUrlError, RedisError where nothing answers
 */
export async function openRedis(url: string, onLost: (error: Error) => void): Promise<Redis> {
  const place = placeOf(url);
  let isOpen = false;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // As BullMQ needs it: it asks again by itself.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isOpen ? Math.min(100 * times, LONGEST_PAUSE_MS) : null),
  });
  let failure: Error | undefined;
  redis.on("error", (error: Error) => {
    failure = error;
    if (isOpen) onLost(error);
  });
  try {
    await redis.connect();
    isOpen = true;
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new RedisError(place, (failure ?? (error as Error)).message);
  }
}
