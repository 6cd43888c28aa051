import { getAddress } from "ethers";
import { readAddressBook } from "../../../sdk/deployment/addressBookFile.ts";
import { MatchingRecordReads } from "../../../sdk/private/epochs/matchingRecordReads.ts";
import {
  addressBookOf,
  findPool,
  noneThere,
  NoPoolError,
  type FoundPool,
  type PoolPlace,
  type Provider,
} from "./findPool.ts";

/** A private market with what is recorded of its matching. */
export interface FoundMatching extends FoundPool {
  record: string;
}

/**
 * As `findPool`, with the matching record that the options name, or the address book.
 * @throws NoPoolError, ChainUnreachableError, and what reading the address book throws
 */
export async function findMatching(provider: Provider, place: PoolPlace): Promise<FoundMatching> {
  const found = await findPool(provider, place);
  const record = place.record ?? (await bookedRecord(provider, place));
  const ofPool = await new MatchingRecordReads(provider, record).pool().catch(noneThere);
  if (ofPool === undefined || getAddress(ofPool) !== found.pool) {
    throw new NoPoolError(`At ${record} there is no matching record of pool ${found.pool}.`, {
      metaMessages: ["Correct --record, or --pool."],
    });
  }
  return { ...found, record: getAddress(record) };
}

async function bookedRecord(provider: Provider, place: PoolPlace): Promise<string> {
  // A pool that was named need not be the address book's.
  const isBooked = place.pool === undefined;
  const book = await addressBookOf(provider, place);
  const record = isBooked ? (await readAddressBook(book)).privateMarket?.matchingRecord : undefined;
  if (record !== undefined) return record;
  const where = isBooked ? `The address book ${book}` : "The command line";
  throw new NoPoolError(`${where} names no matching record.`, {
    metaMessages: ["Deploy one with `npx hardhat private:deploy`, or name one with --record."],
  });
}
