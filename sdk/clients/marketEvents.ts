import type { Log, LogDescription } from "ethers";
import { marketInterface } from "./contractHandle.ts";

/** A market's event with where it happened. */
export type MarketEvent = LogDescription & { log: Log };

/** The market's own events among logs, decoded, in their order. */
export function marketEvents(logs: readonly Log[], market: string): MarketEvent[] {
  return logs.flatMap((log) => {
    if (log.address.toLowerCase() !== market.toLowerCase()) return [];
    const event = marketInterface.parseLog(log);
    return event === null ? [] : [Object.assign(event, { log })];
  });
}
