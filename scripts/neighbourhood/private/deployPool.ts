import type { NetworkConnection } from "hardhat/types/network";
import PrivateMarket from "../../../ignition/modules/PrivateMarket.ts";
import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import { developmentVerifierKeys, verifierParameters } from "../../keys/verifierKeys.ts";
import type { RunKeys } from "../actors.ts";
import type { DeployedMarket } from "../deployMarket.ts";

/** Deploys a private market beside a run's market. Its verifiers have development keys: it is worth nothing. */
export async function deployPool(
  connection: NetworkConnection,
  keys: RunKeys,
  { accessManager, market, token }: DeployedMarket,
  terms: PoolTerms,
): Promise<string> {
  const { pool } = await connection.ignition.deploy(PrivateMarket, {
    parameters: {
      PrivateMarket: {
        accessManager,
        market,
        token,
        matcher: keys.matcher().address,
        terms: { ...terms },
        ...verifierParameters(await developmentVerifierKeys()),
      },
    },
    defaultSender: keys.address("admin"),
  });
  return pool.getAddress();
}
