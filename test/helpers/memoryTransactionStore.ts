import type {
  Attempt,
  ChainMark,
  StoredTransaction,
  TransactionStore,
} from "../../oracle/sending/transactionStore.ts";

/** What becomes of readings in a {@link MemoryTransactionStore}. */
export type ReadingState = "signed" | "sent" | "included" | "final";

/** The transactions of a sender, durable for as long as a test lasts. */
export class MemoryTransactionStore implements TransactionStore {
  readonly transactions: StoredTransaction[] = [];
  readonly readings = new Map<number, ReadingState>();
  #mark: ChainMark | undefined;

  addTransaction(
    transaction: Parameters<TransactionStore["addTransaction"]>[0],
    attempt: Attempt,
  ): StoredTransaction {
    const { from, nonce } = transaction;
    const same = this.openTransactions(from).find((other) => other.nonce === nonce);
    if (same !== undefined) throw new Error(`Nonce ${nonce} is that of transaction ${same.id}.`);
    const stored: StoredTransaction = {
      ...transaction,
      id: this.transactions.length + 1,
      state: "pending",
      attempts: [{ ...attempt }],
      block: undefined,
      includedHash: undefined,
      reason: undefined,
    };
    this.transactions.push(stored);
    this.#setReadings(stored, "sent");
    return structuredClone(stored);
  }

  addAttempt(id: number, attempt: Attempt): void {
    this.#change(id, ({ attempts }) => ({ attempts: [...attempts, { ...attempt }] }));
  }

  markSent(id: number, hash: string, atMs: number): void {
    this.#change(id, ({ attempts }) => ({
      attempts: attempts.map((attempt) =>
        attempt.hash === hash ? { ...attempt, sentAtMs: atMs } : attempt,
      ),
    }));
  }

  markIncluded(id: number, hash: string, block: { number: number; hash: string }): void {
    this.#change(id, () => ({ state: "included", includedHash: hash, block }), "included");
  }

  markPending(id: number): void {
    const gone = { state: "pending", includedHash: undefined, block: undefined } as const;
    this.#change(id, () => gone, "sent");
  }

  markFinal(id: number): void {
    this.#change(id, () => ({ state: "final" }), "final");
  }

  markAbandoned(id: number, reason: string): void {
    this.#change(id, () => ({ state: "abandoned", reason }), "signed");
  }

  openTransactions(from: string): StoredTransaction[] {
    return structuredClone(
      this.transactions
        .filter((other) => other.from === from && ["pending", "included"].includes(other.state))
        .sort((a, b) => a.nonce - b.nonce),
    );
  }

  highestMinedNonce(from: string): number | undefined {
    const nonces = this.transactions
      .filter((other) => other.from === from && ["included", "final"].includes(other.state))
      .map(({ nonce }) => nonce);
    return nonces.length === 0 ? undefined : Math.max(...nonces);
  }

  chainMark(): ChainMark | undefined {
    return structuredClone(this.#mark);
  }

  setChainMark(mark: ChainMark): void {
    this.#mark = structuredClone(mark);
  }

  #change(
    id: number,
    change: (transaction: StoredTransaction) => Partial<StoredTransaction>,
    readings?: ReadingState,
  ): void {
    const index = this.transactions.findIndex((transaction) => transaction.id === id);
    const before = this.transactions[index]!;
    this.transactions[index] = { ...before, ...change(before) };
    if (readings !== undefined) this.#setReadings(before, readings);
  }

  #setReadings({ readingIds }: StoredTransaction, state: ReadingState): void {
    for (const id of readingIds) this.readings.set(id, state);
  }
}
