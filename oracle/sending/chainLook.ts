import { toQuantity } from "ethers";
import type { Endpoint, View } from "./endpoint.ts";
import { toHead, toReceipt, type Receipt } from "./rpc.ts";

/** A block, as far as it matters for what is in it. */
export interface BlockId {
  number: number;
  hash: string;
}

/** What nodes say about whether a block is on the chain. Those that are not so far yet cannot know. */
export interface Votes {
  agree: readonly View[];
  deny: readonly View[];
  /** True where the chain of every node is too short to have the block. */
  isBeyond: boolean;
}

/** The chain as several nodes show it at one moment. */
export class ChainLook {
  readonly views: readonly View[];
  readonly #hashes = new Map<string, Promise<string | undefined>>();
  #isComplete = true;

  /** @param views the highest first; at least one */
  constructor(views: readonly View[]) {
    this.views = views;
  }

  get height(): number {
    return this.views[0]!.head.number;
  }

  /** The account's next nonce, of which every node is sure. One that says too much is not believed alone. */
  get nonce(): number {
    return Math.min(...this.views.map(({ nonce }) => nonce));
  }

  /** False once a node has failed to answer: what it was to say is not known then. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  async votes(block: BlockId): Promise<Votes> {
    const hashes = await Promise.all(this.views.map((view) => this.#hashAt(view, block.number)));
    return {
      agree: this.views.filter((_, i) => hashes[i] === block.hash),
      deny: this.views.filter((_, i) => hashes[i] !== undefined && hashes[i] !== block.hash),
      isBeyond: this.height < block.number,
    };
  }

  /** The receipt of the first of these transactions that a node has on its chain. */
  async receiptOf(hashes: readonly string[]): Promise<Receipt | undefined> {
    for (const view of this.views) {
      for (const hash of hashes) {
        const receipt = await this.#receipt(view, hash);
        if (receipt === undefined) continue;
        const { number } = receipt.block;
        // A node in the midst of a reorganisation may still have the receipt.
        if ((await this.#hashAt(view, number)) === receipt.block.hash) return receipt;
      }
    }
    return undefined;
  }

  async #receipt({ endpoint }: View, hash: string): Promise<Receipt | undefined> {
    return this.#ask(endpoint, "eth_getTransactionReceipt", [hash], toReceipt);
  }

  /** @returns undefined where the node cannot know */
  #hashAt({ endpoint, head }: View, number: number): Promise<string | undefined> {
    if (number > head.number) return Promise.resolve(undefined);
    const key = `${this.views.findIndex((view) => view.endpoint === endpoint)}/${number}`;
    let hash = this.#hashes.get(key);
    if (hash === undefined) {
      hash = this.#ask(endpoint, "eth_getBlockByNumber", [toQuantity(number), false], (block) =>
        block === null ? undefined : toHead(block).hash,
      );
      this.#hashes.set(key, hash);
    }
    return hash;
  }

  /** A node that fails is not asked again in this look: each time it might be silent for as long. */
  async #ask<T>(
    endpoint: Endpoint,
    method: string,
    params: readonly unknown[],
    read: (value: unknown) => T,
  ): Promise<T | undefined> {
    try {
      if (endpoint.isDue) return read(await endpoint.request(method, params));
    } catch {
      // Counted by the endpoint. It says nothing of the chain.
    }
    this.#isComplete = false;
    return undefined;
  }
}
