import { Interface, concat, type Provider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { codeOfDeployment } from "../scripts/keys/verifierBytecode.ts";
import { CIRCUIT_IDS } from "../sdk/private/context.ts";
import type { PoolTerms } from "../sdk/private/chain/poolReads.ts";

/** What a private market is deployed with, beside its verifiers. */
export interface PoolConfiguration {
  accessManager: string;
  market: string;
  token: string;
  terms: PoolTerms;
}

const LINK = /__\$[0-9a-f]{34}\$__/g;

/**
 * Asks the contract whether it would take a configuration; nothing is sent.
 * @throws what the call reverts with, as the provider has it
 */
export async function simulatePool(
  hre: HardhatRuntimeEnvironment,
  provider: Provider,
  configuration: PoolConfiguration,
): Promise<void> {
  const { abi, bytecode } = await hre.artifacts.readArtifact("PrivateMarket");
  // Any contracts do: the constructor calls neither them nor the library.
  const standIn = configuration.market;
  const verifiers = Array.from({ length: 1 + Math.max(...Object.values(CIRCUIT_IDS).map(Number)) });
  const argument = new Interface(abi).encodeDeploy([
    { ...configuration, verifiers: verifiers.fill(standIn) },
  ]);
  const linked = bytecode.replace(LINK, standIn.slice(2).toLowerCase());
  await codeOfDeployment(provider, concat([linked, argument]));
}
