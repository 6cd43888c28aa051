import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { AddressBook } from "../sdk/deployment/addressBook.ts";
import { privateMarketAt } from "../sdk/deployment/contracts.ts";
import { PoolFollower } from "../sdk/private/chain/poolFollower.ts";
import type { IPrivateMarket } from "../types/ethers-contracts/index.ts";
import { openMarket, openMarketAs, type CommonOptions, type MarketContext } from "./context.ts";
import { TaskInputError } from "./taskError.ts";

/** The private market beside a task's market. */
export interface PrivateContext extends MarketContext {
  pool: IPrivateMarket;
  /** Has read the chain. */
  follower: PoolFollower;
}

/** The private market of an address book, to be read. */
export async function openPrivateMarket(
  hre: HardhatRuntimeEnvironment,
  options: CommonOptions,
): Promise<PrivateContext> {
  const context = await openMarket(hre, options);
  const { pool: address } = requirePrivateMarket(context.book);
  const follower = await followPool(context);
  return { ...context, follower, pool: privateMarketAt(address, context.chain.provider) };
}

/** The same, to send transactions as the chosen account. */
export async function openPrivateMarketAs(
  hre: HardhatRuntimeEnvironment,
  options: CommonOptions,
): Promise<PrivateContext & { signer: HardhatEthersSigner }> {
  const context = await openMarketAs(hre, options);
  const { pool: address } = requirePrivateMarket(context.book);
  const follower = await followPool(context);
  return { ...context, follower, pool: privateMarketAt(address, context.signer) };
}

/** Reads the chain of a market that has a private one. */
export async function followPool({ chain, book }: Pick<MarketContext, "chain" | "book">) {
  const { pool, deploymentBlock } = requirePrivateMarket(book);
  const follower = new PoolFollower(chain.provider, pool, { fromBlock: deploymentBlock });
  await follower.sync();
  return follower;
}

function requirePrivateMarket({ privateMarket }: AddressBook) {
  if (privateMarket !== undefined) return privateMarket;
  throw new TaskInputError(
    "The address book names no private market.",
    "Deploy one with private:deploy, or name another address book with --deployment.",
  );
}
