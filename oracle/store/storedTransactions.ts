import { hexlify } from "ethers";
import type {
  Attempt,
  ChainMark,
  StoredTransaction,
  TransactionState,
  TransactionStore,
} from "../sending/transactionStore.ts";
import { StoreError } from "./errors.ts";
import { attemptTable, readingTable, transactionTable } from "./schema.ts";
import type { StoreDatabase } from "./storeDatabase.ts";
import type { Row, Value } from "./table.ts";
import { bytesOf, numberOf, textOf } from "./values.ts";

const CHAIN_FACT = "chain";

/** What the chain said of a reading in an included transaction. */
export type ReadingOutcome =
  | { id: number; type: "counted" }
  | { id: number; type: "refused"; reason: string }
  /** It may be sent again, not before a time: the chain's clock, or the period before it, must come first. */
  | { id: number; type: "waiting"; reason: string; untilMs: number };

/** The gateway's transactions. Their state and that of their readings change together. */
export class StoredTransactions implements TransactionStore {
  readonly #database: StoreDatabase;
  readonly #nowMs: () => number;

  constructor(database: StoreDatabase, nowMs: () => number) {
    this.#database = database;
    this.#nowMs = nowMs;
  }

  addTransaction(
    transaction: Parameters<TransactionStore["addTransaction"]>[0],
    attempt: Attempt,
  ): StoredTransaction {
    const { from, nonce, to, data, gasLimit, readingIds } = transaction;
    return this.#database.transaction(() => {
      const id = this.#database.insert(transactionTable, {
        sender: from,
        nonce,
        receiver: to,
        data: bytesOf(data),
        gasLimit: gasLimit.toString(),
        readingIds: JSON.stringify(readingIds),
        state: "pending",
        outcomeKnown: 0,
        addedAtMs: this.#nowMs(),
      });
      this.addAttempt(id, attempt);
      for (const readingId of readingIds) {
        const reading = this.#database.get(readingTable, readingId);
        if (reading.state !== "signed") {
          throw new StoreError(
            `Reading ${readingId} cannot be sent: it is ${String(reading.state)}.`,
          );
        }
        this.#changeReading(reading, {
          state: "sent",
          transactionId: id,
          reason: null,
          waitUntilMs: null,
        });
      }
      return this.get(id);
    });
  }

  addAttempt(id: number, attempt: Attempt): void {
    this.#database.transaction(() => {
      this.#database.get(transactionTable, id);
      this.#database.insert(attemptTable, {
        transactionId: id,
        hash: attempt.hash,
        raw: bytesOf(attempt.raw),
        maxFeePerGas: attempt.maxFeePerGas.toString(),
        maxPriorityFeePerGas: attempt.maxPriorityFeePerGas.toString(),
        sentAtMs: attempt.sentAtMs ?? null,
      });
    });
  }

  markSent(id: number, hash: string, atMs: number): void {
    this.#database.transaction(() => {
      const attempt = this.#attemptRows(id).find((row) => row.hash === hash);
      if (attempt === undefined) {
        throw new StoreError(`Transaction ${id} has no attempt ${hash}.`);
      }
      this.#database.update(attemptTable, Number(attempt.id), { sentAtMs: atMs });
    });
  }

  /** Its readings stay `sent` until {@link storeOutcome} tells what became of each. */
  markIncluded(id: number, hash: string, block: { number: number; hash: string }): void {
    this.#database.transaction(() => {
      // In another block than before, the readings may have fared differently.
      if (this.#database.get(transactionTable, id).blockHash !== block.hash) this.#undecide(id);
      this.#database.update(transactionTable, id, {
        state: "included",
        includedHash: hash,
        blockNumber: block.number,
        blockHash: block.hash,
      });
    });
  }

  markPending(id: number): void {
    this.#database.transaction(() => {
      this.#undecide(id);
      this.#database.update(transactionTable, id, {
        state: "pending",
        includedHash: null,
        blockNumber: null,
        blockHash: null,
      });
    });
  }

  markFinal(id: number): void {
    this.#database.transaction(() => {
      this.#database.update(transactionTable, id, { state: "final" });
      for (const reading of this.#readingRowsOf(id)) {
        if (reading.state === "included") this.#changeReading(reading, { state: "final" });
      }
    });
  }

  markAbandoned(id: number, reason: string): void {
    this.#database.transaction(() => {
      this.#undecide(id);
      this.#database.update(transactionTable, id, { state: "abandoned", reason });
      for (const reading of this.#readingRowsOf(id)) {
        this.#changeReading(reading, { state: "signed", transactionId: null });
      }
    });
  }

  /**
   * Keeps what an included transaction made of its readings, as its receipt tells. A reading that is not mentioned is
   * sent again. What one transaction refuses does not undo what another has counted.
   */
  storeOutcome(id: number, outcomes: readonly ReadingOutcome[]): void {
    this.#database.transaction(() => {
      const { state, block, includedHash, readingIds } = this.get(id);
      if (block === undefined || includedHash === undefined) {
        throw new StoreError(`Transaction ${id} is in no block, so nothing came of it yet.`);
      }
      const outcomeOf = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
      for (const reading of this.#readingRows(readingIds)) {
        const outcome = outcomeOf.get(Number(reading.id));
        if (outcome?.type === "counted") {
          if (reading.state === "final") continue;
          this.#changeReading(reading, {
            state: state === "final" ? "final" : "included",
            transactionId: id,
            blockNumber: block.number,
            includedHash: bytesOf(includedHash, 32),
            reason: null,
            waitUntilMs: null,
          });
        } else if (reading.transactionId === id && reading.state === "sent") {
          this.#changeReading(reading, changesOf(outcome));
        }
      }
      this.#database.update(transactionTable, id, { outcomeKnown: 1 });
    });
  }

  /** Transactions in a block whose outcome was not stored, for instance since the process was killed before. */
  withoutOutcome(): StoredTransaction[] {
    return this.#live("AND outcomeKnown = 0 AND state IN ('included', 'final')");
  }

  openTransactions(from: string): StoredTransaction[] {
    return this.#live("AND state IN ('pending', 'included') AND sender = ?", from);
  }

  highestMinedNonce(from: string): number | undefined {
    const [row] = this.#database.rows(
      transactionTable,
      "WHERE sender = ? AND state IN ('included', 'final') ORDER BY nonce DESC LIMIT 1",
      from,
    );
    return numberOf(row?.nonce);
  }

  chainMark(): ChainMark | undefined {
    return this.#database.fact(CHAIN_FACT) as ChainMark | undefined;
  }

  setChainMark(mark: ChainMark): void {
    this.#database.setFact(CHAIN_FACT, mark);
  }

  /** How many transactions are in each state. */
  counts(): Record<TransactionState, number> {
    const {
      pending = 0,
      included = 0,
      final = 0,
      abandoned = 0,
    } = this.#database.tally.transactions?.states ?? {};
    return { pending, included, final, abandoned };
  }

  /** @throws StoreError where there is none */
  get(id: number): StoredTransaction {
    return this.#toTransaction(this.#database.get(transactionTable, id));
  }

  /** What an earlier block made of its readings is void: they are on their way again. */
  #undecide(id: number): void {
    this.#database.update(transactionTable, id, { outcomeKnown: 0 });
    for (const reading of this.#readingRowsOf(id)) {
      this.#changeReading(reading, {
        state: "sent",
        blockNumber: null,
        includedHash: null,
        reason: null,
      });
    }
  }

  #live(condition: string, ...values: Value[]): StoredTransaction[] {
    return this.#database
      .rows(
        transactionTable,
        `INDEXED BY transactions_live WHERE live = 1 ${condition} ORDER BY nonce, id`,
        ...values,
      )
      .map((row) => this.#toTransaction(row));
  }

  /** Those of the readings that the store has: some may have been lost to damage. */
  #readingRows(ids: readonly number[]): Row[] {
    return ids.flatMap((id) => this.#database.rows(readingTable, "WHERE id = ?", id));
  }

  /** Its readings, save those that have gone to another transaction since. */
  #readingRowsOf(id: number): Row[] {
    const { readingIds } = this.#database.get(transactionTable, id);
    return this.#readingRows(JSON.parse(String(readingIds)) as number[]).filter(
      ({ transactionId }) => transactionId === id,
    );
  }

  #changeReading({ id }: Row, changes: Row): void {
    this.#database.update(readingTable, Number(id), changes);
  }

  #attemptRows(id: number): Row[] {
    return this.#database.rows(attemptTable, "WHERE transactionId = ? ORDER BY id", id);
  }

  #toTransaction(row: Row): StoredTransaction {
    const id = Number(row.id);
    return {
      id,
      from: String(row.sender),
      nonce: Number(row.nonce),
      to: String(row.receiver),
      data: hexlify(row.data as Uint8Array),
      gasLimit: BigInt(String(row.gasLimit)),
      readingIds: JSON.parse(String(row.readingIds)) as number[],
      state: row.state as TransactionState,
      attempts: this.#attemptRows(id).map(toAttempt),
      block:
        typeof row.blockHash === "string"
          ? { number: Number(row.blockNumber), hash: row.blockHash }
          : undefined,
      includedHash: textOf(row.includedHash),
      reason: textOf(row.reason),
    };
  }
}

function toAttempt(row: Row): Attempt {
  return {
    hash: String(row.hash),
    raw: hexlify(row.raw as Uint8Array),
    maxFeePerGas: BigInt(String(row.maxFeePerGas)),
    maxPriorityFeePerGas: BigInt(String(row.maxPriorityFeePerGas)),
    sentAtMs: numberOf(row.sentAtMs),
  };
}

/** What becomes of a reading that its transaction did not count. */
function changesOf(outcome: Exclude<ReadingOutcome, { type: "counted" }> | undefined): Row {
  if (outcome?.type === "refused") return { state: "refused", reason: outcome.reason };
  return {
    state: "signed",
    transactionId: null,
    reason: outcome?.reason ?? null,
    waitUntilMs: outcome?.untilMs ?? null,
  };
}
