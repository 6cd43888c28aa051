import { keccak256, type TransactionRequest } from "ethers";
import type { Clock } from "../../sdk/clock.ts";
import type { ChainLook } from "./chainLook.ts";
import { isHeldBy, type Endpoints, type SendAnswer } from "./endpoints.ts";
import { firstFees, raisedFees, type FeeMarket, type Fees } from "./fees.ts";
import { hasPassed } from "./hasPassed.ts";
import { isRpcError, toBigInt } from "./rpc.ts";
import type { SendingEvent } from "./sendingEvent.ts";
import type { Attempt, StoredTransaction, TransactionStore } from "./transactionStore.ts";

/** A key that signs transactions: an ethers Wallet, or one like it. */
export interface TransactionSigner {
  readonly address: string;
  signTransaction(transaction: TransactionRequest): Promise<string>;
}

export interface BroadcasterOptions {
  endpoints: Endpoints;
  store: TransactionStore;
  signer: TransactionSigner;
  clock: Pick<Clock, "nowS">;
  /** Nothing is signed above it, in wei per gas. */
  maxFeePerGas: bigint;
  bumpAfterS: number;
  bumpAfterBlocks: number;
  resendAfterS: number;
  tell: (event: SendingEvent) => Promise<void>;
}

/** How far the newest attempt of a transaction has come, as this process knows it. */
export interface Progress {
  hash: string;
  /** From when on it could have been mined. */
  sinceS: number;
  sinceHeight: number;
  lastSentS: number | undefined;
  answers: readonly SendAnswer[];
  capped: boolean;
}

/** Answers after which only a higher fee helps. */
const TOO_CHEAP: readonly SendAnswer["outcome"][] = ["replacementUnderpriced", "underpriced"];
/** Answers after which a higher fee does not help: more than the account has, or than a node allows. */
const TOO_MUCH: readonly SendAnswer["outcome"][] = ["insufficientFunds", "invalid"];

/** Signs attempts and gives them to the nodes, again and again, with more fee where it takes too long. */
export class Broadcaster {
  readonly #options: BroadcasterOptions;
  readonly #progress = new Map<number, Progress>();
  #replacements = 0;

  constructor(options: BroadcasterOptions) {
    this.#options = options;
  }

  /** Attempts with a higher fee since the start of the process. */
  get replacements(): number {
    return this.#replacements;
  }

  progressOf({ id }: StoredTransaction): Progress | undefined {
    return this.#progress.get(id);
  }

  /** Forgets those that are mined or given up; after a reorganisation they are sent from the start. */
  keepOnly(pending: readonly StoredTransaction[]): void {
    const ids = new Set(pending.map(({ id }) => id));
    for (const id of this.#progress.keys()) if (!ids.has(id)) this.#progress.delete(id);
  }

  /** The first attempt of a new transaction, not yet stored. */
  async sign(
    transaction: Pick<StoredTransaction, "to" | "data" | "gasLimit" | "nonce">,
    look: ChainLook,
  ): Promise<Attempt> {
    const market = await this.#market(look);
    // A chain that is free asks for no tip, whatever its nodes recommend; one that wants a tip will say so.
    const asked = market.baseFeePerGas === 0n ? { ...market, priorityFeePerGas: 0n } : market;
    return this.#attempt(transaction, firstFees(asked, this.#options.maxFeePerGas));
  }

  /** Sends the newest attempt if it is due. */
  async send(transaction: StoredTransaction, look: ChainLook): Promise<void> {
    const { clock, resendAfterS } = this.#options;
    const newest = transaction.attempts.at(-1)!;
    const progress = this.#progressOf(transaction, newest, look);
    const { lastSentS, answers } = progress;
    const isTaken = answers.some(isHeldBy);
    if (isTaken && !hasPassed(resendAfterS, lastSentS!, clock.nowS())) return;
    progress.lastSentS = clock.nowS();
    progress.answers = await this.#give(transaction, newest);
    const earlier = transaction.attempts.at(-2);
    const isTooMuch = progress.answers.some(({ outcome }) => TOO_MUCH.includes(outcome));
    // What cannot be paid leaves the nonce to the attempt before.
    if (isTooMuch && earlier !== undefined) await this.#give(transaction, earlier);
  }

  /** Signs an attempt with a higher fee where the newest waits for too long, stores and sends it. */
  async replaceIfStuck(
    transaction: StoredTransaction,
    look: ChainLook,
    isNext: boolean,
  ): Promise<void> {
    const { store, maxFeePerGas, tell } = this.#options;
    const newest = transaction.attempts.at(-1)!;
    const progress = this.#progressOf(transaction, newest, look);
    if (!this.#isStuck(progress, look, isNext)) return;
    const fees = raisedFees(newest, await this.#market(look), maxFeePerGas);
    if (fees === undefined) {
      if (!progress.capped) await tell({ type: "capped", transaction });
      progress.capped = true;
      return;
    }
    const attempt = await this.#attempt(transaction, fees);
    store.addAttempt(transaction.id, attempt);
    ++this.#replacements;
    await tell({ type: "replaced", transaction, attempt });
    const replaced = { ...transaction, attempts: [...transaction.attempts, attempt] };
    await this.send(replaced, look);
  }

  /** True where every node that answered finds that no attempt can ever be taken, and none may have one. */
  isRefusedForGood(transaction: StoredTransaction): boolean {
    const { answers = [] } = this.#progress.get(transaction.id) ?? {};
    return (
      answers.length > 0 &&
      answers.every(({ outcome }) => outcome === "invalid") &&
      transaction.attempts.every(({ sentAtMs }) => sentAtMs === undefined)
    );
  }

  #isStuck(progress: Progress, look: ChainLook, isNext: boolean): boolean {
    const { clock, bumpAfterS, bumpAfterBlocks } = this.#options;
    const outcomes = progress.answers.map(({ outcome }) => outcome);
    const isTooMuch = outcomes.some((outcome) => TOO_MUCH.includes(outcome));
    const isHeld = progress.answers.some(isHeldBy);
    if (!isHeld && !isTooMuch && outcomes.some((outcome) => TOO_CHEAP.includes(outcome)))
      return true;
    return (
      // Those behind the next nonce wait for it, not for a fee; without blocks no fee helps either.
      isNext &&
      !isTooMuch &&
      hasPassed(bumpAfterS, progress.sinceS, clock.nowS()) &&
      look.height >= progress.sinceHeight + bumpAfterBlocks
    );
  }

  async #give({ id }: StoredTransaction, { raw, hash, sentAtMs }: Attempt): Promise<SendAnswer[]> {
    const { endpoints, store, clock } = this.#options;
    const answers = await endpoints.send(raw);
    const isHeld = answers.some(isHeldBy);
    if (isHeld && sentAtMs === undefined) store.markSent(id, hash, Math.floor(clock.nowS() * 1000));
    return answers;
  }

  #progressOf({ id }: StoredTransaction, newest: Attempt, look: ChainLook): Progress {
    const known = this.#progress.get(id);
    if (known?.hash === newest.hash) return known;
    const nowS = this.#options.clock.nowS();
    const progress: Progress = {
      hash: newest.hash,
      // Of the process before: the time goes on, the blocks are counted anew.
      sinceS: Math.min(nowS, known === undefined ? (newest.sentAtMs ?? Infinity) / 1000 : nowS),
      sinceHeight: look.height,
      lastSentS: undefined,
      answers: [],
      capped: false,
    };
    this.#progress.set(id, progress);
    return progress;
  }

  async #attempt(
    { to, data, gasLimit, nonce }: Pick<StoredTransaction, "to" | "data" | "gasLimit" | "nonce">,
    fees: Fees,
  ): Promise<Attempt> {
    const { endpoints, signer } = this.#options;
    const raw = await signer.signTransaction({
      // Every chain that runs the market's contracts knows this type.
      type: 2,
      chainId: endpoints.chainId,
      ...{ to, data, gasLimit, nonce, value: 0n, ...fees },
    });
    return { hash: keccak256(raw), raw, ...fees, sentAtMs: undefined };
  }

  async #market({ views }: ChainLook): Promise<FeeMarket> {
    const { baseFeePerGas } = views[0]!.head;
    try {
      const tip = await this.#options.endpoints.request("eth_maxPriorityFeePerGas", []);
      return { baseFeePerGas, priorityFeePerGas: toBigInt(tip) };
    } catch (error) {
      // Not every node recommends one.
      if (isRpcError(error)) return { baseFeePerGas, priorityFeePerGas: 0n };
      throw error;
    }
  }
}
