import { Interface, type Provider, type Result } from "ethers";
import { COMMUNITY_CURRENCY_ABI } from "../abi/communityCurrency.ts";
import { ENERGY_MARKET_ABI } from "../abi/energyMarket.ts";
import { REGISTRY_ABI } from "../abi/registry.ts";
import { refuseAnswer } from "./revertError.ts";
import type { ContractCall } from "./transactionSender.ts";

export const marketInterface = new Interface(ENERGY_MARKET_ABI);
export const registryInterface = new Interface(REGISTRY_ABI);
export const currencyInterface = new Interface(COMMUNITY_CURRENCY_ABI);

/** Where the contracts of one market are. */
export interface MarketAddresses {
  market: string;
  registry: string;
  token: string;
}

/** The call of a function, ready to be sent. */
export function encodeCall(
  to: string,
  contract: Interface,
  name: string,
  args: readonly unknown[],
): ContractCall {
  return { to, data: contract.encodeFunctionData(name, args) };
}

/**
 * Reads a view.
 * @throws ContractRevertedError, ChainUnreachableError
 */
export async function readView(
  provider: Provider,
  to: string,
  contract: Interface,
  name: string,
  args: readonly unknown[] = [],
): Promise<Result> {
  const data = contract.encodeFunctionData(name, args);
  try {
    return contract.decodeFunctionResult(name, await provider.call({ to, data }));
  } catch (error) {
    return refuseAnswer(error);
  }
}
