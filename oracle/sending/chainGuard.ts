import { ChainUnreachableError } from "../../sdk/clients/revertError.ts";
import { BaseError } from "../../sdk/errors.ts";
import { WrongChainError } from "../../sdk/deployment/checkDeployment.ts";
import { ChainLook } from "./chainLook.ts";
import type { View } from "./endpoint.ts";
import type { ChainMark, TransactionStore } from "./transactionStore.ts";

/** By what it was seen that a chain is not the one that it was. */
export type ResetSign =
  /** Block 0 is another. */
  | "genesis"
  /** It is much shorter than it was. */
  | "height"
  /** A block that was deep enough is another. */
  | "final block"
  /** The market's contract is gone. */
  | "code"
  /** The nodes are on different chains with the same id. */
  | "nodes differ";

/**
 * The chain was started afresh, or the nodes have another than before. Nothing is sent until it is the old one again;
 * everything is kept.
 */
export class ChainResetError extends BaseError {
  override name = "ChainResetError";
  readonly sign: ResetSign;

  constructor(sign: ResetSign, message: string, remedy: string) {
    super(message, {
      metaMessages: [remedy, "Nothing is sent meanwhile, and nothing that is stored is lost."],
    });
    this.sign = sign;
  }
}

const AFRESH =
  "If the chain was started afresh, deploy again and begin with a new store; else correct the RPC URL.";

/** A node that is so little behind what was final only lags. */
const LAG_BLOCKS = 5;

export interface ChainGuardOptions {
  store: TransactionStore;
  chainId: number;
  /** The contract that must be there. */
  market: string;
  confirmations: number;
}

/** Recognises the store's chain. */
export class ChainGuard {
  readonly #options: ChainGuardOptions;

  constructor(options: ChainGuardOptions) {
    this.#options = options;
  }

  /**
   * Checks what nodes show against what is known of the chain.
   * @param highestIncluded the highest block that has one of our transactions
   * @returns what the nodes show that are on the store's chain
   * @throws ChainResetError, WrongChainError
   */
  async check(views: readonly View[], highestIncluded: number): Promise<ChainLook> {
    const { confirmations } = this.#options;
    const mark = this.#mark(views);
    for (const { endpoint, genesisHash } of views)
      endpoint.onOtherChain = genesisHash !== undefined && genesisHash !== mark?.genesisHash;
    const same = views.filter(({ endpoint }) => !endpoint.onOtherChain);
    if (same.length === 0) {
      const shown = views[0]!.genesisHash!;
      throw new ChainResetError(
        "genesis",
        `Block 0 of the chain is ${shown}, and was ${mark!.genesisHash}.`,
        AFRESH,
      );
    }
    const look = new ChainLook(same);
    await this.#checkHeight(look, mark, highestIncluded - confirmations);
    await this.#checkCode(look);
    return look;
  }

  /** Remembers a block that will not change any more. */
  remember(block: { number: number; hash: string }): void {
    const { store } = this.#options;
    const mark = store.chainMark();
    if (mark !== undefined && block.number > (mark.block?.number ?? -1))
      store.setChainMark({ ...mark, block });
  }

  /** What the chain is recognised by; at the first contact, what the nodes agree on. */
  #mark(views: readonly View[]): ChainMark | undefined {
    const { store, chainId } = this.#options;
    const known = store.chainMark();
    if (known !== undefined) {
      if (known.chainId !== chainId) throw new WrongChainError(known.chainId, BigInt(chainId));
      return known;
    }
    const withGenesis = views.filter(({ genesisHash }) => genesisHash !== undefined);
    const [first] = withGenesis;
    if (first === undefined) return undefined;
    const other = withGenesis.find(({ genesisHash }) => genesisHash !== first.genesisHash);
    if (other !== undefined) {
      throw new ChainResetError(
        "nodes differ",
        `The nodes at ${first.endpoint.name} and ${other.endpoint.name} are on different chains with the id ${chainId}.`,
        "Leave out the one that is not the market's.",
      );
    }
    const mark = { chainId, genesisHash: first.genesisHash!, block: undefined };
    store.setChainMark(mark);
    return mark;
  }

  async #checkHeight(
    look: ChainLook,
    mark: ChainMark | undefined,
    leastHeight: number,
  ): Promise<void> {
    const finalHeight = mark?.block?.number ?? 0;
    const known = Math.max(finalHeight - LAG_BLOCKS, leastHeight);
    if (look.height < known) {
      throw new ChainResetError(
        "height",
        `The chain ends at block ${look.height}, and was beyond block ${known}.`,
        `If the node synchronises, wait. ${AFRESH}`,
      );
    }
    if (look.height < finalHeight) {
      throw new ChainUnreachableError(
        `The chain's nodes are at block ${look.height}, behind block ${finalHeight}, which was final.`,
        { metaMessages: ["Wait until they have caught up."] },
      );
    }
    if (mark?.block === undefined) return;
    const { agree, deny } = await look.votes(mark.block);
    if (agree.length > 0 || deny.length === 0) return;
    throw new ChainResetError(
      "final block",
      `Block ${mark.block.number} is no longer ${mark.block.hash}, though it was final.`,
      AFRESH,
    );
  }

  async #checkCode({ views }: ChainLook): Promise<void> {
    const { market } = this.#options;
    let isMissing = false;
    for (const { endpoint } of views) {
      // What fails is counted by the endpoint; the next may know.
      const code = await endpoint.request("eth_getCode", [market, "latest"]).catch(() => undefined);
      if (typeof code === "string" && code.length > "0x".length) return;
      isMissing ||= code === "0x";
    }
    if (isMissing)
      throw new ChainResetError("code", `The chain has no market contract at ${market}.`, AFRESH);
    throw new ChainUnreachableError(`No node tells whether there is a market at ${market}.`, {
      metaMessages: ["Wait until one does, or name another node. Nothing is sent meanwhile."],
    });
  }
}
