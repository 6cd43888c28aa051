import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { AddressBook } from "../sdk/deployment/addressBook.ts";
import { defaultAddressBookFile, readAddressBook } from "../sdk/deployment/addressBookFile.ts";
import { checkDeployment } from "../sdk/deployment/checkDeployment.ts";
import { contractsAt, type MarketContracts } from "../sdk/deployment/contracts.ts";
import { showValue } from "../sdk/errors.ts";
import { openKeystoreFile } from "../sdk/keystore/openKeystoreFile.ts";
import { TaskInputError } from "./taskError.ts";
import type { Given } from "./values.ts";

/** Options that every task has. */
export interface CommonOptions {
  deployment: Given;
  from: Given;
  keystore: Given;
  json: boolean;
}

/** What a task works with: a chain, and the account that it acts as. */
export type Chain = Awaited<ReturnType<typeof connect>>;

/** The chain of Hardhat's `--network`, with the keystore's key where one is given. */
export async function connect(
  hre: HardhatRuntimeEnvironment,
  { from, keystore }: Pick<CommonOptions, "from" | "keystore">,
) {
  const connection =
    keystore === undefined
      ? await hre.network.getOrCreate()
      : await hre.network.create({
          override: { accounts: [(await openKeystoreFile(keystore)).privateKey] },
        });
  const { ethers } = connection;
  const { chainId } = await ethers.provider.getNetwork();
  return {
    connection,
    ethers,
    provider: ethers.provider,
    chainId,
    /** The account to act as; asked for only where a transaction is sent. */
    signer: async () => pickSigner(await ethers.getSigners(), from),
  };
}

function pickSigner(signers: readonly HardhatEthersSigner[], from: Given): HardhatEthersSigner {
  const found = signers.find(
    (signer, index) =>
      from === undefined ||
      from === String(index) ||
      signer.address.toLowerCase() === from.toLowerCase(),
  );
  if (found !== undefined) return found;
  throw new TaskInputError(
    from === undefined
      ? "The network has no account to act as."
      : `The network has no account ${showValue(from)}.`,
    "Name one of its accounts with --from, give a key with --keystore, or configure the network's accounts.",
  );
}

/** A task's market: its address book, checked, and its contracts. */
export interface MarketContext extends MarketContracts {
  chain: Chain;
  book: AddressBook;
}

/** The market of an address book, to be read. */
export async function openMarket(
  hre: HardhatRuntimeEnvironment,
  options: CommonOptions,
): Promise<MarketContext> {
  const chain = await connect(hre, options);
  const book = await readAddressBook(options.deployment ?? defaultAddressBookFile(chain.chainId));
  await checkDeployment(chain.provider, book);
  return { chain, book, ...contractsAt(book.addresses, chain.provider) };
}

/** The same, to send transactions as the chosen account. */
export async function openMarketAs(
  hre: HardhatRuntimeEnvironment,
  options: CommonOptions,
): Promise<MarketContext & { signer: HardhatEthersSigner }> {
  const { chain, book } = await openMarket(hre, options);
  const signer = await chain.signer();
  return { chain, book, signer, ...contractsAt(book.addresses, signer) };
}

/** The account number of the one who acts. */
export async function ownParticipant({
  market,
  signer,
}: Pick<MarketContext, "market"> & { signer: HardhatEthersSigner }): Promise<number> {
  const participant = Number(await market.participantOf(signer.address));
  if (participant !== 0) return participant;
  throw new TaskInputError(
    `${signer.address} has no account in the market.`,
    "Register it and have it authorised, or act as another account with --from.",
  );
}
