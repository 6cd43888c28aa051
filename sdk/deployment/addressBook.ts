import { getAddress, isAddress } from "ethers";
import { BaseError, showValue } from "../errors.ts";

/** The layout of an address book; a book of another layout is refused. */
export const ADDRESS_BOOK_VERSION = 1;

/** The contracts of a market. */
export const CONTRACT_NAMES = [
  "market",
  "registry",
  "token",
  "forwarder",
  "accessManager",
] as const;
export type ContractName = (typeof CONTRACT_NAMES)[number];

/** A private market beside the open one. */
export interface PrivateMarketEntry {
  pool: string;
  /** The record of its matching; absent where it was deployed before there was one. */
  matchingRecord?: string;
  /** No event of both is in an earlier block. */
  deploymentBlock: number;
}

/** Where a market is, and what must be known to read it. */
export interface AddressBook {
  version: typeof ADDRESS_BOOK_VERSION;
  chainId: number;
  addresses: Record<ContractName, string>;
  /** Unix seconds at which period 0 begins. */
  genesis: number;
  /** Seconds of a delivery period. */
  periodLength: number;
  /** No event of the market is in an earlier block. */
  deploymentBlock: number;
  /** The version of Sealwatt that deployed it. */
  sealwattVersion: string;
  /** Absent where there is none. */
  privateMarket?: PrivateMarketEntry;
}

/** An address book does not hold what it should. */
export class InvalidAddressBookError extends BaseError {
  override name = "InvalidAddressBookError";

  constructor(field: string, value: unknown, remedy: string) {
    const fact = value === undefined ? "is missing" : `is ${showValue(value)}`;
    super(`The address book's ${field} ${fact}.`, { metaMessages: [remedy] });
  }
}

const WHOLE_NUMBERS = ["chainId", "genesis", "periodLength", "deploymentBlock"] as const;
const KNOWN_KEYS = [
  "version",
  "addresses",
  "sealwattVersion",
  "privateMarket",
  ...WHOLE_NUMBERS,
] as const;

/**
 * Checks an address book that was read from JSON; addresses come back with their checksum.
 * @throws InvalidAddressBookError naming the field
 */
export function parseAddressBook(value: unknown): AddressBook {
  const book = requireObject("content", value);
  if (book.version !== ADDRESS_BOOK_VERSION) {
    throw new InvalidAddressBookError(
      "version",
      book.version,
      `This release reads version ${ADDRESS_BOOK_VERSION}: deploy again, or use the release that wrote it.`,
    );
  }
  for (const key of Object.keys(book)) {
    if (!(KNOWN_KEYS as readonly string[]).includes(key)) {
      throw new InvalidAddressBookError(
        key,
        book[key],
        `Remove it. Known fields: ${KNOWN_KEYS.join(", ")}.`,
      );
    }
  }
  for (const key of WHOLE_NUMBERS) requireWholeNumber(key, book[key]);
  if (book.periodLength === 0)
    throw new InvalidAddressBookError("periodLength", 0, "Give the seconds of a period.");
  if (typeof book.sealwattVersion !== "string") {
    throw new InvalidAddressBookError(
      "sealwattVersion",
      book.sealwattVersion,
      "Give the version that deployed it.",
    );
  }
  const given = requireObject("addresses", book.addresses);
  const addresses = Object.fromEntries(
    CONTRACT_NAMES.map((name) => [name, requireAddress(`addresses.${name}`, given[name])]),
  );
  const parsed = { ...book, addresses } as unknown as AddressBook;
  if (book.privateMarket === undefined) return parsed;
  return { ...parsed, privateMarket: parsePrivateMarket(book.privateMarket) };
}

function parsePrivateMarket(value: unknown): PrivateMarketEntry {
  const { pool, matchingRecord, deploymentBlock } = requireObject("privateMarket", value);
  return {
    pool: requireAddress("privateMarket.pool", pool),
    ...(matchingRecord === undefined
      ? {}
      : { matchingRecord: requireAddress("privateMarket.matchingRecord", matchingRecord) }),
    deploymentBlock: requireWholeNumber("privateMarket.deploymentBlock", deploymentBlock),
  };
}

function requireWholeNumber(field: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidAddressBookError(field, value, "Give a whole number.");
}

function requireObject(field: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InvalidAddressBookError(field, value, "Give an object.");
}

function requireAddress(field: string, value: unknown): string {
  if (typeof value === "string" && isAddress(value)) return getAddress(value);
  throw new InvalidAddressBookError(field, value, "Give an address of 40 hexadecimal digits.");
}
