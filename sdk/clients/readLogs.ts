import type { Log, Provider } from "ethers";

/** The most blocks that one eth_getLogs asks for; halved where a node refuses. */
const BLOCKS_PER_REQUEST = 2000;

/** Which blocks are read, both ends included. */
export interface BlockRange {
  fromBlock: number;
  toBlock: number;
}

/**
 * All logs of a contract in some blocks, in their order.
 * @param topics only those that begin with these; all unless given
 */
export async function readLogs(
  provider: Provider,
  address: string,
  { fromBlock, toBlock }: BlockRange,
  topics: readonly string[] = [],
): Promise<Log[]> {
  const logs: Log[] = [];
  let size = BLOCKS_PER_REQUEST;
  for (let first = fromBlock; first <= toBlock;) {
    const last = Math.min(first + size - 1, toBlock);
    try {
      const read = await provider.getLogs({
        address,
        fromBlock: first,
        toBlock: last,
        ...(topics.length === 0 ? {} : { topics: [...topics] }),
      });
      for (const log of read) logs.push(log);
    } catch (error) {
      // Nodes bound the blocks or the logs of one answer, each in its own words.
      if (size === 1) throw error;
      size = Math.ceil(size / 2);
      continue;
    }
    first = last + 1;
  }
  return logs;
}
