import type { Provider } from "ethers";
import { ChainUnreachableError } from "./revertError.ts";

/** What a node says of the time, in Unix seconds. */
export interface ChainTime {
  /** Of the latest block: every block to come is later. */
  latestS: number;
  /**
   * Of the block to come, where the node tells it, since a quiet chain's latest block can be old. It is the clock of the
   * node's machine, which may be ahead.
   */
  nowS: number;
}

/** @throws ChainUnreachableError */
export async function readChainTime(provider: Provider): Promise<ChainTime> {
  const [latest, pending] = await Promise.all([
    provider.getBlock("latest"),
    // Not every node has one.
    provider.getBlock("pending").catch(() => null),
  ]);
  if (latest === null) {
    throw new ChainUnreachableError("The node has no latest block.", {
      metaMessages: ["Wait until it has read the chain, or ask another node."],
    });
  }
  const latestS = latest.timestamp;
  return { latestS, nowS: Math.max(latestS, pending?.timestamp ?? 0) };
}

/**
 * The chain's time as its node has it: good for what may come too late, and not for what must not come too early.
 * @throws ChainUnreachableError
 */
export async function chainNowS(provider: Provider): Promise<number> {
  return (await readChainTime(provider)).nowS;
}

/**
 * Whether no block to come is of before a time.
 * @param marginS so far at most a node's clock is believed to be ahead, where the chain has no block of that time
 */
export function hasPassed({ latestS, nowS }: ChainTime, timeS: number, marginS: number): boolean {
  return latestS >= timeS || nowS >= timeS + marginS;
}
