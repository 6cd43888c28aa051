import type { NetworkConnection } from "hardhat/types/network";
import Sealwatt from "../../ignition/modules/Sealwatt.ts";
import type { MarketAddresses } from "../../sdk/clients/contractHandle.ts";
import type { MarketParameters } from "../../sdk/market/parameters.ts";
import type { RunKeys } from "./actors.ts";

export interface DeploymentOptions {
  genesis: number;
  periodLength: number;
  parameters: MarketParameters;
}

export interface DeployedMarket extends MarketAddresses {
  accessManager: string;
}

/** Deploys a market through Ignition, with a role for each actor. */
export async function deployMarket(
  connection: NetworkConnection,
  keys: RunKeys,
  { genesis, periodLength, parameters }: DeploymentOptions,
): Promise<DeployedMarket> {
  const { core, registry, token, accessManager } = await connection.ignition.deploy(Sealwatt, {
    parameters: {
      Sealwatt: {
        admin: keys.address("admin"),
        operator: keys.address("operator"),
        regulator: keys.address("regulator"),
        treasurer: keys.address("treasurer"),
        grid: keys.address("grid"),
        genesis,
        periodLength,
        parameters: { ...parameters },
      },
    },
  });
  const [market, registryAddress, tokenAddress, managerAddress] = await Promise.all(
    [core, registry, token, accessManager].map((contract) => contract.getAddress()),
  );
  return {
    market: market!,
    registry: registryAddress!,
    token: tokenAddress!,
    accessManager: managerAddress!,
  };
}
