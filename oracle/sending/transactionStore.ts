/** One signed form of a transaction. A replacement has the same nonce and higher fees. */
export interface Attempt {
  hash: string;
  /** The signed transaction, ready to be sent again. It holds no secret. */
  raw: string;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  /** Milliseconds since 1970; undefined until a node has taken it. */
  sentAtMs: number | undefined;
}

/**
 * How far a transaction has come: signed and perhaps sent, in a block, in a block that is deep enough, or given up
 * because its nonce went to another transaction or its chain is gone.
 */
export type TransactionState = "pending" | "included" | "final" | "abandoned";

/** A transaction of the gateway's key, with every form of it that was ever signed. */
export interface StoredTransaction {
  id: number;
  /** The sender's address. */
  from: string;
  nonce: number;
  to: string;
  data: string;
  gasLimit: bigint;
  /** The readings that it reports. */
  readingIds: readonly number[];
  state: TransactionState;
  /** The oldest first; at least one. */
  attempts: readonly Attempt[];
  /** Where it was included. */
  block: { number: number; hash: string } | undefined;
  /** The attempt that was included. */
  includedHash: string | undefined;
  /** Why it was given up. */
  reason: string | undefined;
}

/** What tells the store's chain from another, and from the same one after it was started afresh. */
export interface ChainMark {
  chainId: number;
  /** The hash of block 0. */
  genesisHash: string;
  /** A block that was deep enough; undefined until a transaction was final. */
  block: { number: number; hash: string } | undefined;
}

/** What the sender keeps of its transactions. Every method is durable when it returns. */
export interface TransactionStore {
  /** Keeps a new transaction with its first attempt; its readings become `sent`. */
  addTransaction(
    transaction: Pick<
      StoredTransaction,
      "from" | "nonce" | "to" | "data" | "gasLimit" | "readingIds"
    >,
    attempt: Attempt,
  ): StoredTransaction;
  addAttempt(id: number, attempt: Attempt): void;
  markSent(id: number, hash: string, atMs: number): void;
  markIncluded(id: number, hash: string, block: { number: number; hash: string }): void;
  /** After a reorganisation: no block has it any more. */
  markPending(id: number): void;
  markFinal(id: number): void;
  /** Its readings are `signed` again. */
  markAbandoned(id: number, reason: string): void;
  /** Those of a key that are pending or included, by nonce. */
  openTransactions(from: string): StoredTransaction[];
  /**
   * The highest nonce among the transactions of a key that are included or final; undefined for none. A floor for the
   * next nonce where a node lags behind; a nonce that was only signed may be free again.
   */
  highestMinedNonce(from: string): number | undefined;
  /** What this store's chain is recognised by; undefined before the first contact. */
  chainMark(): ChainMark | undefined;
  setChainMark(mark: ChainMark): void;
}
