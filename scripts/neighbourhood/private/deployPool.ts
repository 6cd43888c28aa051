import type { NetworkConnection } from "hardhat/types/network";
import PrivateMarket from "../../../ignition/modules/PrivateMarket.ts";
import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import { developmentVerifierKeys, verifierParameters } from "../../keys/verifierKeys.ts";
import type { RunKeys } from "../actors.ts";
import type { DeployedMarket } from "../deployMarket.ts";
import type { MatchingPathName } from "./matchingPath.ts";

/** Where a run's private market is. */
export interface DeployedPool {
  pool: string;
  /** The record of its matching. */
  record: string;
}

/** Deploys a private market beside a run's market. Its verifiers have development keys: it is worth nothing. */
export async function deployPool(
  connection: NetworkConnection,
  keys: RunKeys,
  { accessManager, market, token }: DeployedMarket,
  terms: PoolTerms,
  matching: MatchingPathName,
): Promise<DeployedPool> {
  const keyHolder = keys.keyHolder().address;
  // Under encryption the key holder knows the terms of matches, and the matcher does not.
  const matcher = matching === "plain" ? keys.matcher().address : keyHolder;
  const { pool, record } = await connection.ignition.deploy(PrivateMarket, {
    parameters: {
      PrivateMarket: {
        accessManager,
        market,
        token,
        matcher,
        keyHolder,
        terms: { ...terms },
        ...verifierParameters(await developmentVerifierKeys()),
      },
    },
    defaultSender: keys.address("admin"),
  });
  return { pool: await pool.getAddress(), record: await record.getAddress() };
}
