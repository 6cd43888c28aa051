import { toBeHex } from "ethers";
import { marketInterface } from "../../sdk/clients/contractHandle.ts";
import { firstBlockSince } from "../../sdk/clients/firstBlockSince.ts";
import { marketEvents } from "../../sdk/clients/marketEvents.ts";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import { readLogs } from "../../sdk/clients/readLogs.ts";
import { decodeAccountsSettled } from "../../sdk/events/accountsSettled.ts";

const ACCOUNTS_SETTLED = marketInterface.getEvent("AccountsSettled")!.topicHash;

/**
 * What a participant fed in within a period, as the market has settled it.
 * @returns undefined where it is not settled, not deep enough in the chain, or settled without a reading
 */
export async function settledExportWh(
  reads: MarketReads,
  {
    participant,
    period,
    confirmations,
  }: { participant: number; period: number; confirmations: number },
): Promise<number | undefined> {
  const { provider, addresses } = reads;
  const toBlock = (await provider.getBlockNumber()) - confirmations;
  // Nothing is settled before the period's end.
  const fromBlock = await firstBlockSince(provider, reads.startOf(period + 1));
  const topics = [ACCOUNTS_SETTLED, toBeHex(period, 32)];
  const logs = await readLogs(provider, addresses.market, { fromBlock, toBlock }, topics);
  const account = marketEvents(logs, addresses.market)
    .flatMap(({ args }) => decodeAccountsSettled([...(args.settlements as bigint[])]))
    .find((settled) => settled.participant === participant);
  return account === undefined || account.unread ? undefined : account.exportWh;
}
