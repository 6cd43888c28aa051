import type { Provider } from "ethers";

/**
 * The first block that is not older than a time, in a few questions; the latest where all are older.
 * @param timeS unix seconds
 * @param from a block that is known to be before it, or the first that matters
 */
export async function firstBlockSince(
  provider: Provider,
  timeS: number,
  from = 0,
): Promise<number> {
  let low = from;
  let high = await provider.getBlockNumber();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = await provider.getBlock(middle);
    if (block !== null && block.timestamp >= timeS) high = middle;
    else low = middle + 1;
  }
  return low;
}
