import { showValue } from "../../sdk/errors.ts";
import { ForeignStoreError, StoreVersionError } from "./errors.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";

/** Whose readings a store keeps. */
export interface StoreOwner {
  chainId: bigint;
  market: string;
}

export interface OwnerFact {
  schemaVersion: number;
  chainId: string;
  market: string;
}

export const ownerFactOf = ({ chainId, market }: StoreOwner): OwnerFact => ({
  schemaVersion: SCHEMA_VERSION,
  chainId: chainId.toString(),
  market,
});

export function checkVersion(database: StoreDatabase): OwnerFact {
  const owner = database.fact("owner") as OwnerFact | undefined;
  if (owner === undefined) throw database.damaged("It does not say whose it is.");
  if (owner.schemaVersion > SCHEMA_VERSION) {
    throw new StoreVersionError(
      `The store ${showValue(database.path)} is of version ${owner.schemaVersion}; this Sealwatt knows versions up to ${SCHEMA_VERSION}.`,
      { metaMessages: ["Use the Sealwatt that wrote it, or a later one."] },
    );
  }
  return owner;
}

export function checkOwner(database: StoreDatabase, { chainId, market }: StoreOwner): void {
  const owner = checkVersion(database);
  if (owner.chainId !== chainId.toString()) {
    throw foreign(database, `chain ${owner.chainId}, not to chain ${chainId}`);
  }
  if (owner.market.toLowerCase() !== market.toLowerCase()) {
    throw foreign(database, `market ${owner.market}, not to ${market}`);
  }
}

export function foreign({ path }: StoreDatabase, owner: string): ForeignStoreError {
  return new ForeignStoreError(`The store ${showValue(path)} belongs to ${owner}.`, {
    metaMessages: ["Give each market a store of its own, or correct the configuration."],
  });
}
