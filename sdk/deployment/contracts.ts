import { Contract, type ContractRunner } from "ethers";
import type {
  AccessManager,
  CommunityCurrency,
  Forwarder,
  IEnergyMarket,
  IMatchingRecord,
  IPrivateMarket,
  Registry,
} from "../../types/ethers-contracts/index.ts";
import { ACCESS_MANAGER_ABI } from "../abi/accessManager.ts";
import { COMMUNITY_CURRENCY_ABI } from "../abi/communityCurrency.ts";
import { ENERGY_MARKET_ABI } from "../abi/energyMarket.ts";
import { FORWARDER_ABI } from "../abi/forwarder.ts";
import { MATCHING_RECORD_ABI } from "../abi/matchingRecord.ts";
import { PRIVATE_MARKET_ABI } from "../abi/privateMarket.ts";
import { REGISTRY_ABI } from "../abi/registry.ts";
import type { ContractName } from "./addressBook.ts";

/** The contracts of a market, ready to be called. */
export interface MarketContracts {
  market: IEnergyMarket;
  registry: Registry;
  token: CommunityCurrency;
  forwarder: Forwarder;
  accessManager: AccessManager;
}

/** The market at an address. */
export function marketAt(address: string, runner: ContractRunner): IEnergyMarket {
  return new Contract(address, ENERGY_MARKET_ABI, runner) as unknown as IEnergyMarket;
}

/** The private market at an address. */
export function privateMarketAt(address: string, runner: ContractRunner): IPrivateMarket {
  return new Contract(address, PRIVATE_MARKET_ABI, runner) as unknown as IPrivateMarket;
}

/** The matching record at an address. */
export function matchingRecordAt(address: string, runner: ContractRunner): IMatchingRecord {
  return new Contract(address, MATCHING_RECORD_ABI, runner) as unknown as IMatchingRecord;
}

/**
 * The contracts of an address book.
 * @param runner a signer to send transactions, or a provider to read only
 */
export function contractsAt(
  addresses: Record<ContractName, string>,
  runner: ContractRunner,
): MarketContracts {
  return {
    market: marketAt(addresses.market, runner),
    registry: new Contract(addresses.registry, REGISTRY_ABI, runner) as unknown as Registry,
    token: new Contract(
      addresses.token,
      COMMUNITY_CURRENCY_ABI,
      runner,
    ) as unknown as CommunityCurrency,
    forwarder: new Contract(addresses.forwarder, FORWARDER_ABI, runner) as unknown as Forwarder,
    accessManager: new Contract(
      addresses.accessManager,
      ACCESS_MANAGER_ABI,
      runner,
    ) as unknown as AccessManager,
  };
}
