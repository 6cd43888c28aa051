import { BaseError } from "../../sdk/errors.ts";
import type { Clock } from "../../sdk/clock.ts";
import { WrongChainError } from "../../sdk/deployment/checkDeployment.ts";
import { Broadcaster, type TransactionSigner } from "./broadcaster.ts";
import { ChainGuard, ChainResetError } from "./chainGuard.ts";
import type { ChainLook } from "./chainLook.ts";
import type { Endpoints } from "./endpoints.ts";
import { freeNonce, missingNonces } from "./nonces.ts";
import type { SendingEvent } from "./sendingEvent.ts";
import { statusOfTransaction, type SendingStatus } from "./sendingStatus.ts";
import { TransactionFollower } from "./transactionFollower.ts";
import type { StoredTransaction, TransactionStore } from "./transactionStore.ts";

export interface TransactionManagerOptions {
  endpoints: Endpoints;
  store: TransactionStore;
  signer: TransactionSigner;
  clock: Pick<Clock, "nowS">;
  /** The contract without which the chain is not the market's. */
  market: string;
  /** Waited for. It must not wait for `submit` or `advance` of this manager. */
  onEvent: (event: SendingEvent) => void | Promise<void>;
  /** Nothing is signed above it, in wei per gas. */
  maxFeePerGas: bigint;
  /** A block is final when it is the first of so many. */
  confirmations?: number;
  /** A transaction gets a higher fee when it has waited for this time and these blocks. */
  bumpAfterS?: number;
  bumpAfterBlocks?: number;
  /** A transaction that is not mined is given to the nodes again after this time: pools forget. */
  resendAfterS?: number;
  /** A transaction whose nonce is used by another is given up after `confirmations` blocks, or after this time. */
  abandonAfterS?: number;
  /** Transactions that are sent and in no block. */
  maxInFlight?: number;
}

const DEFAULTS = {
  confirmations: 12,
  bumpAfterS: 30,
  bumpAfterBlocks: 3,
  resendAfterS: 15,
  abandonAfterS: 600,
  maxInFlight: 8,
};

/** A call to be sent once, with the readings that it reports. */
export interface Submission {
  to: string;
  data: string;
  gasLimit: bigint;
  readingIds: readonly number[];
}

/** As many transactions wait as may. */
export class TooManyInFlightError extends BaseError {
  override name = "TooManyInFlightError";
}

const TRANSFER_GAS = 21_000n;

/**
 * Sends the transactions of one key and follows each until it is final. The only owner of the key's nonces: every
 * attempt is stored before it is sent, so that a process that is killed goes on where it was.
 */
export class TransactionManager {
  readonly #options: TransactionManagerOptions & typeof DEFAULTS;
  readonly #guard: ChainGuard;
  readonly #follower: TransactionFollower;
  readonly #broadcaster: Broadcaster;
  #queue: Promise<unknown> = Promise.resolve();
  #stopped: BaseError | undefined;
  #height: number | undefined;
  #missing: readonly number[] = [];

  constructor(options: TransactionManagerOptions) {
    const all = { ...DEFAULTS, ...options };
    const tell = async (event: SendingEvent) => all.onEvent(event);
    this.#options = all;
    this.#guard = new ChainGuard({ ...all, chainId: all.endpoints.chainId });
    this.#follower = new TransactionFollower({
      ...all,
      unseenAfterS: all.bumpAfterS,
      guard: this.#guard,
      tell,
    });
    this.#broadcaster = new Broadcaster({ ...all, tell });
  }

  get address(): string {
    return this.#options.signer.address;
  }

  /** Whether another transaction may be submitted now. */
  hasRoom(): boolean {
    return this.#pending().length < this.#options.maxInFlight;
  }

  /** Whether every transaction is final or given up. */
  isIdle(): boolean {
    return this.#open().length === 0;
  }

  status(): SendingStatus {
    return {
      address: this.address,
      stopped: this.#stopped,
      height: this.#height,
      replacements: this.#broadcaster.replacements,
      transactions: this.#open().map((transaction) =>
        statusOfTransaction(
          transaction,
          this.#broadcaster.progressOf(transaction),
          this.#follower.isTaken(transaction),
        ),
      ),
      endpoints: this.#options.endpoints.status(),
    };
  }

  /**
   * Signs a call, stores and sends it. When this resolves it is stored; whether a node has it `advance` sees to.
   * @throws TooManyInFlightError, ChainUnreachableError, WrongChainError, ChainResetError; nothing is signed then
   */
  submit(submission: Submission): Promise<StoredTransaction> {
    return this.#inTurn(async () => {
      if (!this.hasRoom()) {
        throw new TooManyInFlightError(
          `${this.#pending().length} transactions of ${this.address} wait to be mined, and no more may.`,
          { metaMessages: ["Wait until the chain has taken some of them."] },
        );
      }
      const look = await this.#look();
      return this.#submit(submission, await this.#nextNonce(look), look);
    });
  }

  /**
   * Drives every open transaction one step: what is mined, final, gone, stuck or lost. To be called every few seconds.
   * @throws ChainUnreachableError, WrongChainError, ChainResetError; nothing is signed or sent then
   */
  advance(): Promise<void> {
    return this.#inTurn(async () => {
      const look = await this.#look();
      for (const transaction of this.#open()) {
        if (transaction.state !== "included") continue;
        await this.#follower.followIncluded(transaction, look);
      }
      for (const transaction of this.#pending()) {
        await this.#follower.followPending(transaction, look);
      }
      this.#broadcaster.keepOnly(this.#pending());
      await this.#fillGaps(look);
      const next = this.#accountNonce(look);
      for (const transaction of this.#pending()) {
        if (this.#follower.isTaken(transaction)) continue;
        await this.#push(transaction, look, transaction.nonce === next);
      }
    });
  }

  async #push(transaction: StoredTransaction, look: ChainLook, isNext: boolean): Promise<void> {
    await this.#broadcaster.send(transaction, look);
    if (this.#broadcaster.isRefusedForGood(transaction)) {
      const { message } = this.#broadcaster.progressOf(transaction)!.answers[0]!;
      await this.#abandon(transaction, `no node takes it: ${message}`);
    } else {
      await this.#broadcaster.replaceIfStuck(transaction, look, isNext);
    }
  }

  async #submit(
    submission: Submission,
    nonce: number,
    look: ChainLook,
  ): Promise<StoredTransaction> {
    const attempt = await this.#broadcaster.sign({ ...submission, nonce }, look);
    const { to, data, gasLimit, readingIds } = submission;
    const transaction = this.#options.store.addTransaction(
      { from: this.address, nonce, to, data, gasLimit, readingIds },
      attempt,
    );
    await this.#broadcaster.send(transaction, look);
    return transaction;
  }

  /** What the nodes show, once they have shown that they are on the market's chain. */
  async #look(): Promise<ChainLook> {
    try {
      const views = await this.#options.endpoints.look(this.address);
      const included = this.#open().map(({ block }) => block?.number ?? 0);
      const look = await this.#guard.check(views, Math.max(0, ...included));
      this.#stopped = undefined;
      this.#height = look.height;
      return look;
    } catch (error) {
      if (error instanceof ChainResetError || error instanceof WrongChainError)
        this.#stopped = error;
      throw error;
    }
  }

  /** The account's next nonce; our own mined transactions correct nodes that say too little. */
  #accountNonce(look: ChainLook): number {
    const mined = this.#options.store.highestMinedNonce(this.address);
    return Math.max(look.nonce, mined === undefined ? 0 : mined + 1);
  }

  async #nextNonce(look: ChainLook): Promise<number> {
    const open = this.#open().map(({ nonce }) => nonce);
    let next = this.#accountNonce(look);
    const mined = this.#options.store.highestMinedNonce(this.address);
    if (mined !== undefined && next > Math.max(mined, ...open) + 1) {
      // Somebody else used the key, or a node says too much: it must say so twice.
      next = Math.min(next, this.#accountNonce(await this.#look()));
    }
    return freeNonce(next, open);
  }

  /**
   * A nonce below our pending ones that nobody has holds them up. Two looks must show it. A few are filled with
   * transfers of nothing to ourselves, which cost less than waiting; where there are many a node had named a nonce
   * much too high, and what is behind the gap is given up and submitted anew.
   */
  async #fillGaps(look: ChainLook): Promise<void> {
    const next = this.#accountNonce(look);
    const pending = this.#pending();
    const open = this.#open().map(({ nonce }) => nonce);
    const missing = missingNonces(
      next,
      pending.map(({ nonce }) => nonce),
      open,
    );
    const confirmed = missing.filter((nonce) => this.#missing.includes(nonce));
    this.#missing = missing;
    const first = confirmed[0];
    if (first === undefined) return;
    if (missing.length > this.#options.maxInFlight) {
      for (const transaction of pending.filter(({ nonce }) => nonce > first)) {
        const reason = `its nonce ${transaction.nonce} is far beyond the account's next, ${next}`;
        await this.#abandon(transaction, reason);
      }
      return;
    }
    for (const nonce of confirmed) {
      const submission = { to: this.address, data: "0x", gasLimit: TRANSFER_GAS, readingIds: [] };
      const transaction = await this.#submit(submission, nonce, look);
      await this.#options.onEvent({ type: "filled", transaction });
    }
  }

  async #abandon(transaction: StoredTransaction, reason: string): Promise<void> {
    await this.#options.onEvent({ type: "abandoned", transaction, reason });
    this.#options.store.markAbandoned(transaction.id, reason);
  }

  #open(): StoredTransaction[] {
    return this.#options.store.openTransactions(this.address);
  }

  #pending(): StoredTransaction[] {
    return this.#open().filter(({ state }) => state === "pending");
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
