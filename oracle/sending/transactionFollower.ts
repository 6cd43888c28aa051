import type { Clock } from "../../sdk/clock.ts";
import type { ChainGuard } from "./chainGuard.ts";
import type { ChainLook } from "./chainLook.ts";
import type { Endpoints } from "./endpoints.ts";
import { hasPassed } from "./hasPassed.ts";
import { revertReason } from "./revertReason.ts";
import type { SendingEvent } from "./sendingEvent.ts";
import type { StoredTransaction, TransactionStore } from "./transactionStore.ts";

export interface TransactionFollowerOptions {
  endpoints: Endpoints;
  store: TransactionStore;
  guard: ChainGuard;
  clock: Pick<Clock, "nowS">;
  confirmations: number;
  abandonAfterS: number;
  /** A transaction is sent again when the chain was too short for its block for so long. */
  unseenAfterS: number;
  tell: (event: SendingEvent) => Promise<void>;
}

/** When something was first seen. */
interface Sighting {
  height: number;
  atS: number;
}

/** Looks on the chain for what became of transactions that were sent. */
export class TransactionFollower {
  readonly #options: TransactionFollowerOptions;
  /** Transactions whose nonce is used while no node has a receipt. */
  readonly #taken = new Map<number, Sighting>();
  /** Since when the chain has been too short for the block of a transaction, in unix seconds. */
  readonly #unseen = new Map<number, number>();

  constructor(options: TransactionFollowerOptions) {
    this.#options = options;
  }

  /** True while the nonce of a transaction seems to be used by another. */
  isTaken({ id }: StoredTransaction): boolean {
    return this.#taken.has(id);
  }

  async followIncluded(transaction: StoredTransaction, look: ChainLook): Promise<void> {
    const { store, guard, clock, confirmations, unseenAfterS, tell } = this.#options;
    const { id, includedHash } = transaction;
    const block = transaction.block!;
    const { agree, deny, isBeyond } = await look.votes(block);
    if (agree.length > 0) {
      this.#unseen.delete(id);
      const depth = Math.max(...agree.map(({ head }) => head.number)) - block.number + 1;
      // One that denies it may be right: wait until they agree.
      if (deny.length > 0 || depth < confirmations) return;
      const receipt = await look.receiptOf([includedHash!]);
      if (receipt?.block.hash !== block.hash) return;
      await tell({ type: "final", transaction, receipt });
      store.markFinal(id);
      guard.remember(block);
      return;
    }
    if (deny.length === 0) {
      // A chain that is shorter now may only lag; one that makes blocks for transactions alone grows again only
      // when they are sent again.
      const firstS = this.#unseen.get(id) ?? clock.nowS();
      if (isBeyond) this.#unseen.set(id, firstS);
      if (!isBeyond || !hasPassed(unseenAfterS, firstS, clock.nowS())) return;
    }
    this.#unseen.delete(id);
    await tell({ type: "reorganised", transaction });
    store.markPending(id);
  }

  async followPending(transaction: StoredTransaction, look: ChainLook): Promise<void> {
    const { endpoints, store, tell } = this.#options;
    const { id, attempts } = transaction;
    const receipt = await look.receiptOf(attempts.map(({ hash }) => hash).reverse());
    if (receipt === undefined) return this.#followUsedNonce(transaction, look);
    this.#taken.delete(id);
    if (receipt.succeeded) {
      await tell({ type: "included", transaction, receipt });
      store.markIncluded(id, receipt.hash, receipt.block);
    } else {
      const reason = await revertReason(endpoints, transaction, receipt);
      await tell({ type: "reverted", transaction, receipt, reason });
      store.markAbandoned(id, `reverted: ${reason}`);
    }
  }

  /** A nonce that is used by none of our attempts was used by somebody else who has the key. */
  async #followUsedNonce(transaction: StoredTransaction, look: ChainLook): Promise<void> {
    const { store, clock, confirmations, abandonAfterS, tell } = this.#options;
    const { id, nonce } = transaction;
    // Below the least of what the nodes say: one alone that says too much is not believed.
    if (look.nonce <= nonce) {
      this.#taken.delete(id);
      return;
    }
    // A node that failed may have the receipt.
    if (!look.isComplete) return;
    const first = this.#taken.get(id);
    if (first === undefined) {
      this.#taken.set(id, { height: look.height, atS: clock.nowS() });
      return;
    }
    // On a chain that makes blocks only for transactions the blocks may never come.
    const waited =
      look.height >= first.height + confirmations ||
      hasPassed(abandonAfterS, first.atS, clock.nowS());
    if (!waited) return;
    this.#taken.delete(id);
    const reason = `its nonce ${nonce} was used by a transaction that is not ours`;
    await tell({ type: "abandoned", transaction, reason });
    store.markAbandoned(id, reason);
  }
}
