import type { Provider } from "ethers";
import { compareState } from "./compareState.ts";
import { readChain } from "./readChain.ts";
import { readState } from "./readState.ts";
import { replay } from "./replay.ts";
import { toReport, type AuditReport } from "./report.ts";

/** What is audited. */
export interface AuditOptions {
  provider: Provider;
  market: string;
  /** The block of the deployment, or any before it. */
  fromBlock?: number;
  /** The latest by default. */
  toBlock?: number;
  /** Reports one period only; the whole past is replayed all the same, since balances rest on it. */
  period?: number;
}

/**
 * Audits a market: replays it from its events, computes every figure anew, and compares with what the events say
 * and what the chain holds. Needs nothing but a JSON-RPC endpoint that has the market's logs.
 * @throws NoMarketEventsError, OriginUnknownError
 */
export async function audit({
  provider,
  market,
  fromBlock = 0,
  toBlock,
  period,
}: AuditOptions): Promise<AuditReport> {
  const last = toBlock ?? (await provider.getBlockNumber());
  const record = await readChain(provider, market, { fromBlock, toBlock: last });
  const state = await readState(provider, market, last);
  const block = await provider.getBlock(last);
  const replayed = replay(record);
  return toReport({
    replay: replayed,
    state,
    stateDifferences: compareState(replayed.model, state),
    period,
    fromBlock,
    toBlock: last,
    timestamp: block?.timestamp ?? 0,
    events: record.events.length,
  });
}
