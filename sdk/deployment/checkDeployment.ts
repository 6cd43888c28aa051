import type { Provider } from "ethers";
import { BaseError } from "../errors.ts";
import { CONTRACT_NAMES, type AddressBook, type ContractName } from "./addressBook.ts";

/** The chain that answers is not the one of the address book. */
export class WrongChainError extends BaseError {
  override name = "WrongChainError";

  constructor(expected: number, actual: bigint) {
    super(`The market is on chain ${expected} and the connected chain is ${actual}.`, {
      metaMessages: ["Connect to the other chain, or name its own address book."],
    });
  }
}

/** The chain has no contract where the address book has one. */
export class ContractMissingError extends BaseError {
  override name = "ContractMissingError";

  constructor(name: ContractName | "private market" | "matching record", address: string) {
    super(`The chain has no ${name} contract at ${address}.`, {
      metaMessages: ["The chain was started afresh since: deploy again."],
    });
  }
}

/**
 * Checks that a provider's chain is the one of an address book and has its contracts.
 * @throws WrongChainError, ContractMissingError
 */
export async function checkDeployment(provider: Provider, book: AddressBook): Promise<void> {
  const { chainId } = await provider.getNetwork();
  if (chainId !== BigInt(book.chainId)) throw new WrongChainError(book.chainId, chainId);
  const { pool, matchingRecord } = book.privateMarket ?? {};
  const contracts = [
    ...CONTRACT_NAMES.map((name) => ({ name, address: book.addresses[name] })),
    { name: "private market" as const, address: pool },
    { name: "matching record" as const, address: matchingRecord },
  ].filter((contract): contract is typeof contract & { address: string } => {
    return contract.address !== undefined;
  });
  const codes = await Promise.all(contracts.map(({ address }) => provider.getCode(address)));
  const missing = contracts[codes.indexOf("0x")];
  if (missing !== undefined) throw new ContractMissingError(missing.name, missing.address);
}
