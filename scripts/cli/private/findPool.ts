import { getAddress, isError } from "ethers";
import { readView } from "../../../sdk/clients/contractHandle.ts";
import { ChainUnreachableError } from "../../../sdk/clients/revertError.ts";
import type { connectTo } from "../../../sdk/deployment/connectTo.ts";
import {
  defaultAddressBookFile,
  readAddressBook,
} from "../../../sdk/deployment/addressBookFile.ts";
import { BaseError } from "../../../sdk/errors.ts";
import { poolInterface } from "../../../sdk/private/chain/poolInterface.ts";
import { scopeOf, type PoolId } from "../../../sdk/private/pool.ts";

/** Where a command finds its private market. */
export interface PoolPlace {
  pool?: string;
  record?: string;
  deployment?: string;
}

/** A private market on its chain. */
export interface FoundPool extends PoolId {
  /** From which on its logs are read; 0 where it is not known. */
  fromBlock: number;
}

/** There is no such private market. */
export class NoPoolError extends BaseError {
  override name = "NoPoolError";
}

export type Provider = Awaited<ReturnType<typeof connectTo>>;

/** The address book that a command reads. */
export async function addressBookOf(provider: Provider, { deployment }: PoolPlace) {
  return deployment ?? defaultAddressBookFile((await provider.getNetwork()).chainId);
}

/**
 * The private market that a command's options name, or the address book's.
 * @throws NoPoolError, ChainUnreachableError, and what reading the address book throws
 */
export async function findPool(provider: Provider, place: PoolPlace): Promise<FoundPool> {
  const { chainId } = await provider.getNetwork();
  const book = await addressBookOf(provider, place);
  const entry = place.pool === undefined ? (await readAddressBook(book)).privateMarket : undefined;
  const address = place.pool ?? entry?.pool;
  if (address === undefined) {
    throw new NoPoolError(`The address book ${book} has no private market.`, {
      metaMessages: ["Deploy one with `npx hardhat private:deploy`, or name one with --pool."],
    });
  }
  const answer = await readView(provider, address, poolInterface, "scope").catch(noneThere);
  if (answer?.[0] !== scopeOf({ chainId, pool: address })) {
    throw new NoPoolError(`At ${address} there is no private market.`, {
      metaMessages: ["Correct --pool, or --rpc."],
    });
  }
  return { chainId, pool: getAddress(address), fromBlock: entry?.deploymentBlock ?? 0 };
}

/**
 * For what was asked of a contract: nothing is there, or something else is, so that nobody answers it.
 * @throws ChainUnreachableError where it is the node that does not answer
 */
export function noneThere(error: unknown): undefined {
  // Where there is no contract, the answer has no bytes.
  if (error instanceof ChainUnreachableError && !isError(error.cause, "BAD_DATA")) throw error;
  return undefined;
}
