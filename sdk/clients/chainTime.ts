import type { Provider } from "ethers";
import { ChainUnreachableError } from "./revertError.ts";

/**
 * The chain's time in Unix seconds: that of the block to come where a node tells it, since a quiet chain's latest block
 * can be old.
 * @throws ChainUnreachableError
 */
export async function chainNowS(provider: Provider): Promise<number> {
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
  return Math.max(latest.timestamp, pending?.timestamp ?? 0);
}
