import { Table } from "./table.ts";

/** Grows with every change of the tables. */
export const SCHEMA_VERSION = 1;

/** What the store knows about itself: whose it is, how many rows it has, who writes to it, what it has lost. */
export const factTable = new Table({
  name: "facts",
  columns: ["name TEXT NOT NULL", "value TEXT NOT NULL"],
  indexes: [],
  isLive: () => true,
});

export const readingTable = new Table({
  name: "readings",
  columns: [
    "participant INTEGER NOT NULL",
    "meterId INTEGER NOT NULL",
    "period INTEGER NOT NULL",
    "importWh INTEGER NOT NULL",
    "exportWh INTEGER NOT NULL",
    "raw TEXT NOT NULL",
    "readAtMs INTEGER NOT NULL",
    "state TEXT NOT NULL",
    "r BLOB",
    "vs BLOB",
    "transactionId INTEGER",
    "blockNumber INTEGER",
    "includedHash BLOB",
    "reason TEXT",
    "waitUntilMs INTEGER",
  ],
  // The period comes first, so that the readings of a period stand together and a batch touches few pages.
  indexes: [{ unique: true, columns: "period, participant, meterId" }],
  isLive: ({ state }) => state !== "final" && state !== "refused",
});

/** The latest reading of each meter, since the index of the readings cannot find it. */
export const meterTable = new Table({
  name: "meters",
  columns: [
    "participant INTEGER NOT NULL",
    "meterId INTEGER NOT NULL",
    "latestPeriod INTEGER NOT NULL",
    "latestReadingId INTEGER NOT NULL",
  ],
  indexes: [{ unique: true, columns: "participant, meterId" }],
  isLive: () => true,
});

export const transactionTable = new Table({
  name: "transactions",
  columns: [
    "sender TEXT NOT NULL COLLATE NOCASE",
    "nonce INTEGER NOT NULL",
    "receiver TEXT NOT NULL",
    "data BLOB NOT NULL",
    "gasLimit TEXT NOT NULL",
    "readingIds TEXT NOT NULL",
    "state TEXT NOT NULL",
    "blockNumber INTEGER",
    "blockHash TEXT",
    "includedHash TEXT",
    "reason TEXT",
    "outcomeKnown INTEGER NOT NULL",
    "addedAtMs INTEGER NOT NULL",
  ],
  indexes: [{ columns: "sender, nonce" }],
  isLive: ({ state, outcomeKnown }) =>
    state !== "abandoned" && (state !== "final" || outcomeKnown === 0),
});

export const attemptTable = new Table({
  name: "attempts",
  columns: [
    "transactionId INTEGER NOT NULL",
    "hash TEXT NOT NULL",
    "raw BLOB NOT NULL",
    "maxFeePerGas TEXT NOT NULL",
    "maxPriorityFeePerGas TEXT NOT NULL",
    "sentAtMs INTEGER",
  ],
  indexes: [{ columns: "transactionId" }],
  isLive: () => false,
});

/** Suspicious values, which wait for an operator, or did. */
export const quarantineTable = new Table({
  name: "quarantine",
  columns: [
    "participant INTEGER NOT NULL",
    "meterId INTEGER NOT NULL",
    "period INTEGER NOT NULL",
    "code TEXT NOT NULL",
    "explanation TEXT NOT NULL",
    "suggestion TEXT NOT NULL",
    "published TEXT",
    "evidence TEXT NOT NULL",
    "samples INTEGER NOT NULL",
    "openedAtMs INTEGER NOT NULL",
    "lastSeenAtMs INTEGER NOT NULL",
    "state TEXT NOT NULL",
    "decidedAtMs INTEGER",
    "commandId INTEGER",
    "note TEXT",
  ],
  indexes: [],
  isLive: ({ state }) => state === "open",
});

/** What operators have signed, and what came of it. */
export const commandTable = new Table({
  name: "commands",
  columns: [
    "kind TEXT NOT NULL",
    "signer TEXT NOT NULL COLLATE NOCASE",
    "nonce TEXT NOT NULL COLLATE NOCASE",
    "hash TEXT NOT NULL COLLATE NOCASE",
    "payload TEXT NOT NULL",
    "signature TEXT NOT NULL",
    "receivedAtMs INTEGER NOT NULL",
    "result TEXT",
  ],
  indexes: [{ unique: true, columns: "signer, nonce" }],
  isLive: ({ result }) => result === null || result === undefined,
});

/** What is added to a device's registers to make those that are published. The latest row of a meter holds. */
export const offsetTable = new Table({
  name: "offsets",
  columns: [
    "participant INTEGER NOT NULL",
    "meterId INTEGER NOT NULL",
    "importOffsetWh TEXT NOT NULL",
    "exportOffsetWh TEXT NOT NULL",
    "serialNumber TEXT",
    "sinceMs INTEGER NOT NULL",
    "reason TEXT NOT NULL",
    "commandId INTEGER",
  ],
  indexes: [{ columns: "participant, meterId" }],
  // All are verified at once: a wrong offset would be settled.
  isLive: () => true,
});

/** All tables; each name is used in files on disk. */
export const TABLES: readonly Table[] = [
  factTable,
  readingTable,
  meterTable,
  transactionTable,
  attemptTable,
  quarantineTable,
  commandTable,
  offsetTable,
];
