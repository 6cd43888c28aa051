import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Provider } from "ethers";
import {
  InvalidAddressBookError,
  parseAddressBook,
  type AddressBook,
} from "../../../../sdk/deployment/addressBook.ts";
import {
  AddressBookNotFoundError,
  defaultAddressBookFile,
  readAddressBook,
  writeAddressBook,
} from "../../../../sdk/deployment/addressBookFile.ts";
import {
  checkDeployment,
  ContractMissingError,
  WrongChainError,
} from "../../../../sdk/deployment/checkDeployment.ts";
import { MalformedJsonError } from "../../../../sdk/parseJson.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const book: AddressBook = {
  version: 1,
  chainId: 31_337,
  addresses: {
    market: address("1"),
    registry: address("2"),
    token: address("3"),
    forwarder: address("4"),
    accessManager: address("5"),
  },
  genesis: 1_760_000_000,
  periodLength: 900,
  deploymentBlock: 7,
  sealwattVersion: "0.1.0",
};

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("resolved");
}

describe("parseAddressBook", () => {
  it("takes a whole book, and gives addresses their checksum", () => {
    const market = "0xab5801a7d398351b8be11c439e05c5b3259aec9b";
    expect(
      parseAddressBook({ ...book, addresses: { ...book.addresses, market } }).addresses.market,
    ).to.equal("0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B");
  });

  it("takes a private market, and gives its address its checksum", () => {
    const pool = "0xab5801a7d398351b8be11c439e05c5b3259aec9b";
    expect(parseAddressBook({ ...book, privateMarket: { pool, deploymentBlock: 9 } }))
      .to.have.property("privateMarket")
      .that.deep.equals({
        pool: "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B",
        deploymentBlock: 9,
      });
    expect(parseAddressBook(book)).not.to.have.property("privateMarket");
  });

  it("takes the record of a private market's matching, and gives its address its checksum", () => {
    const matchingRecord = "0xab5801a7d398351b8be11c439e05c5b3259aec9b";
    const privateMarket = { pool: address("6"), matchingRecord, deploymentBlock: 9 };
    expect(parseAddressBook({ ...book, privateMarket }).privateMarket).to.deep.equal({
      ...privateMarket,
      matchingRecord: "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B",
    });
  });

  const faults: [string, unknown, string][] = [
    [
      "a private market without an address",
      { ...book, privateMarket: { deploymentBlock: 9 } },
      "The address book's privateMarket.pool is missing.",
    ],
    [
      "a matching record that is no address",
      { ...book, privateMarket: { pool: address("6"), matchingRecord: "0x7", deploymentBlock: 9 } },
      'The address book\'s privateMarket.matchingRecord is "0x7".',
    ],
    [
      "a private market without its block",
      { ...book, privateMarket: { pool: address("6"), deploymentBlock: -1 } },
      "The address book's privateMarket.deploymentBlock is -1.",
    ],
    [
      "no object for a private market",
      { ...book, privateMarket: address("6") },
      `The address book's privateMarket is "${address("6")}".`,
    ],
    ["no object", [], "The address book's content is []."],
    ["no version", {}, "The address book's version is missing."],
    ["another version", { ...book, version: 2 }, "The address book's version is 2."],
    ["an unknown field", { ...book, chain: 1 }, "The address book's chain is 1."],
    ["a text for a number", { ...book, chainId: "1" }, 'The address book\'s chainId is "1".'],
    ["a fraction", { ...book, genesis: 1.5 }, "The address book's genesis is 1.5."],
    [
      "a period of no length",
      { ...book, periodLength: 0 },
      "The address book's periodLength is 0.",
    ],
    [
      "a missing address",
      { ...book, addresses: { ...book.addresses, token: undefined } },
      "The address book's addresses.token is missing.",
    ],
    [
      "an address with a wrong checksum",
      {
        ...book,
        addresses: { ...book.addresses, token: "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9b" },
      },
      'The address book\'s addresses.token is "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9b".',
    ],
  ];
  for (const [condition, value, message] of faults) {
    it(`refuses ${condition}`, () => {
      expect(() => parseAddressBook(value)).to.throw(InvalidAddressBookError, message);
    });
  }
});

describe("readAddressBook", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), "sealwatt-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it("gives back what was written, into folders that need not exist, and leaves no draft", async () => {
    const file = path.join(directory, defaultAddressBookFile(31_337));
    await writeAddressBook(file, book);
    expect(await readAddressBook(file)).to.deep.equal(book);
    expect(readdirSync(path.dirname(file))).to.deep.equal(["31337.json"]);
  });

  it("says what to do where there is none", async () => {
    const error = await rejection(readAddressBook(path.join(directory, "1.json")));
    expect(error).to.be.instanceOf(AddressBookNotFoundError);
    expect((error as Error).message).to.include("Deploy a market first");
  });

  it("names the line of malformed JSON", async () => {
    const file = path.join(directory, "1.json");
    writeFileSync(file, '{\n  "version": 1\n  "chainId": 1\n}');
    const error = await rejection(readAddressBook(file));
    expect(error).to.be.instanceOf(MalformedJsonError);
    expect((error as MalformedJsonError).line).to.equal(3);
  });
});

describe("checkDeployment", () => {
  const chain = (chainId: bigint, without?: string) =>
    ({
      getNetwork: async () => ({ chainId }),
      getCode: async (of: string) => (of === without ? "0x" : "0x60"),
    }) as unknown as Provider;

  it("accepts the book's chain with its contracts", async () => {
    await checkDeployment(chain(31_337n), book);
  });

  it("refuses another chain, and names both", async () => {
    const error = await rejection(checkDeployment(chain(1n), book));
    expect(error).to.be.instanceOf(WrongChainError);
    expect((error as WrongChainError).shortMessage).to.equal(
      "The market is on chain 31337 and the connected chain is 1.",
    );
  });

  it("refuses a chain without one of the contracts", async () => {
    const error = await rejection(checkDeployment(chain(31_337n, address("2")), book));
    expect(error).to.be.instanceOf(ContractMissingError);
    expect((error as Error).message).to.include(`no registry contract at ${address("2")}`);
  });

  it("refuses a chain without the book's private market", async () => {
    const withPool = { ...book, privateMarket: { pool: address("6"), deploymentBlock: 9 } };
    await checkDeployment(chain(31_337n), withPool);
    const error = await rejection(checkDeployment(chain(31_337n, address("6")), withPool));
    expect((error as Error).message).to.include(`no private market contract at ${address("6")}`);
  });

  it("refuses a chain without the record of the private market's matching", async () => {
    const withRecord = {
      ...book,
      privateMarket: { pool: address("6"), matchingRecord: address("7"), deploymentBlock: 9 },
    };
    await checkDeployment(chain(31_337n), withRecord);
    const error = await rejection(checkDeployment(chain(31_337n, address("7")), withRecord));
    expect((error as Error).message).to.include(`no matching record contract at ${address("7")}`);
  });
});
