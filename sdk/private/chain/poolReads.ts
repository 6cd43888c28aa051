import type { Provider } from "ethers";
import { readView } from "../../clients/contractHandle.ts";
import { poolInterface } from "./poolInterface.ts";

/** The rules of a private market: seconds, and what IPrivateMarket says of each. */
export interface PoolTerms {
  genesis: number;
  periodLength: number;
  plansLead: number;
  proposalsLead: number;
  confirmationTime: number;
  reportingTime: number;
  toleranceBps: bigint;
  bondWh: bigint;
  bondNano: bigint;
}

const AMOUNTS = new Set(["toleranceBps", "bondWh", "bondNano"]);

/** @throws ContractRevertedError, ChainUnreachableError */
export async function readTerms(provider: Provider, pool: string): Promise<PoolTerms> {
  const [terms] = await readView(provider, pool, poolInterface, "terms");
  const given = (terms as { toObject(): Record<string, bigint> }).toObject();
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, AMOUNTS.has(name) ? value : Number(value)]),
  ) as unknown as PoolTerms;
}
