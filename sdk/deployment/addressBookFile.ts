import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { BaseError, showValue } from "../errors.ts";
import { parseJson } from "../parseJson.ts";
import { parseAddressBook, type AddressBook } from "./addressBook.ts";

/** Below the working directory; nothing in it belongs under version control unless its owner wants so. */
export const DEPLOYMENTS_DIRECTORY = ".sealwatt/deployments";

/** There is no address book where one was looked for. */
export class AddressBookNotFoundError extends BaseError {
  override name = "AddressBookNotFoundError";

  constructor(file: string, details: string) {
    super(`There is no address book ${showValue(file)}.`, {
      details,
      metaMessages: ["Deploy a market first, or name its address book with --deployment FILE."],
    });
  }
}

/** Where the address book of a chain's market is by default. */
export function defaultAddressBookFile(
  chainId: number | bigint,
  directory = DEPLOYMENTS_DIRECTORY,
): string {
  return path.join(directory, `${chainId}.json`);
}

/**
 * Reads and checks an address book.
 * @throws AddressBookNotFoundError, MalformedJsonError, InvalidAddressBookError
 */
export async function readAddressBook(file: string): Promise<AddressBook> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new AddressBookNotFoundError(file, (error as Error).message);
  }
  return parseAddressBook(parseJson(text));
}

/** Writes an address book; a reader sees the old one or the new one, never a part. */
export async function writeAddressBook(file: string, book: AddressBook): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify(book, null, 2)}\n`);
  await rename(draft, file);
}
