import { id as hashOf, Transaction, toQuantity } from "ethers";
import { RpcError, type RpcRequest } from "../../oracle/sending/rpc.ts";

/** The clients whose words a fake node uses. */
export type Client = "geth" | "anvil" | "hardhat" | "besu";

export type FakeRefusal =
  | "known"
  | "nonceTooLow"
  | "replacementUnderpriced"
  | "underpriced"
  | "insufficientFunds"
  | "invalid";

/** What the clients say to a transaction that they do not take: the code and the text. */
export const REFUSALS: Record<FakeRefusal, Record<Client, readonly [number, string]>> = {
  known: {
    geth: [-32_000, "already known"],
    anvil: [-32_003, "transaction already imported"],
    hardhat: [
      -32_000,
      "Known transaction: 0x0000000000000000000000000000000000000000000000000000000000000001",
    ],
    besu: [-32_000, "Known transaction"],
  },
  nonceTooLow: {
    geth: [-32_000, "nonce too low: next nonce 4, tx nonce 3"],
    anvil: [-32_003, "nonce too low"],
    hardhat: [-32_000, "Transaction nonce too low. Expected nonce to be at least 4 but got 3."],
    besu: [-32_001, "Nonce too low"],
  },
  replacementUnderpriced: {
    geth: [-32_000, "replacement transaction underpriced"],
    anvil: [-32_003, "replacement transaction underpriced"],
    hardhat: [
      -32_000,
      "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 22 is necessary to replace the existing transaction with nonce 3.",
    ],
    besu: [-32_000, "Replacement transaction underpriced"],
  },
  underpriced: {
    geth: [-32_000, "transaction gas price below minimum: gas tip cap 0, minimum needed 1"],
    anvil: [-32_003, "max fee per gas less than block base fee"],
    hardhat: [
      -32_000,
      "Transaction maxFeePerGas (0) is too low for the next block, which has a baseFeePerGas of 8",
    ],
    besu: [-32_009, "Gas price below configured minimum gas price"],
  },
  insufficientFunds: {
    geth: [
      -32_000,
      "insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000",
    ],
    anvil: [-32_003, "Insufficient funds for gas * price + value"],
    hardhat: [
      -32_000,
      "Sender doesn't have enough funds to send tx. The max upfront cost is: 2 and the sender's balance is: 1.",
    ],
    besu: [-32_004, "Upfront cost exceeds account balance"],
  },
  invalid: {
    geth: [-32_000, "intrinsic gas too low: gas 20000, minimum needed 21000"],
    anvil: [-32_003, "intrinsic gas too low"],
    hardhat: [-32_000, "Transaction gas limit is 70000000 and exceeds block gas limit of 60000000"],
    besu: [-32_003, "Intrinsic gas exceeds gas limit"],
  },
};

interface FakeBlock {
  number: number;
  hash: string;
  transactions: Transaction[];
}

/** Calls with more gas than this do what they should. */
export const GAS_NEEDED = 50_000n;
/** What a call with these data reverts with. */
export const REVERTING = "0xdead";

/** So that no two blocks of any chains have the same hash. */
let blocksMade = 0;

/** A deterministic chain in memory: blocks come when a test says so. */
export class FakeChain {
  chainId = 1_337;
  market = "0x1111111111111111111111111111111111111111";
  hasMarket = true;
  baseFeePerGas = 8n;
  /** Only transactions with at least this tip are mined. */
  leastTip = 0n;
  blocks: FakeBlock[] = [];
  readonly pool = new Map<string, Transaction>();
  /** Every transaction that a node was given, in order. */
  readonly received: string[] = [];

  constructor() {
    this.reset();
  }

  /** Starts afresh, with another block 0 unless `sameGenesis`. */
  reset({ sameGenesis = false } = {}): void {
    const genesis = sameGenesis ? this.blocks[0] : undefined;
    this.blocks = [genesis ?? this.#block(0, [])];
    this.pool.clear();
  }

  get height(): number {
    return this.blocks.length - 1;
  }

  /** Makes blocks; the first takes everything that it can from the pool. */
  mine(count = 1): void {
    for (let i = 0; i < count; ++i) {
      const transactions: Transaction[] = [];
      const nonces = new Map<string, number>();
      const waiting = [...this.pool.entries()].sort(([, a], [, b]) => a.nonce - b.nonce);
      for (const [key, transaction] of waiting) {
        const from = transaction.from!;
        const next = nonces.get(from) ?? this.nonceOf(from);
        if (transaction.nonce < next) this.pool.delete(key);
        if (transaction.nonce !== next || !this.#pays(transaction)) continue;
        nonces.set(from, next + 1);
        transactions.push(transaction);
        this.pool.delete(key);
      }
      this.blocks.push(this.#block(this.blocks.length, transactions));
    }
  }

  /** Replaces the last blocks by empty ones; what was in them waits again or is lost. */
  reorganise(depth: number, { keep = true, newDepth = depth } = {}): void {
    const gone = this.blocks.splice(this.blocks.length - depth);
    for (let i = 0; i < newDepth; ++i) this.blocks.push(this.#block(this.blocks.length, []));
    if (!keep) return;
    for (const transaction of gone.flatMap(({ transactions }) => transactions))
      this.pool.set(keyOf(transaction), transaction);
  }

  nonceOf(from: string, height = this.height): number {
    return this.#mined(height).filter((transaction) => transaction.from === from).length;
  }

  /** What the chain has counted, each once, in order: the data of calls that worked. */
  get counted(): string[] {
    const worked = this.#mined(this.height).filter(
      (transaction) => transaction.to === this.market && succeeded(transaction),
    );
    return [...new Set(worked.map(({ data }) => data))];
  }

  find(
    hash: string,
    height = this.height,
  ): { block: FakeBlock; transaction: Transaction } | undefined {
    for (const block of this.blocks.slice(0, height + 1)) {
      const transaction = block.transactions.find((other) => other.hash === hash);
      if (transaction !== undefined) return { block, transaction };
    }
    return undefined;
  }

  #mined(height: number): Transaction[] {
    return this.blocks.slice(0, height + 1).flatMap(({ transactions }) => transactions);
  }

  #pays({ maxFeePerGas, maxPriorityFeePerGas }: Transaction): boolean {
    return maxFeePerGas! >= this.baseFeePerGas && maxPriorityFeePerGas! >= this.leastTip;
  }

  #block(number: number, transactions: Transaction[]): FakeBlock {
    return { number, hash: hashOf(`block ${++blocksMade}`), transactions };
  }
}

function keyOf({ from, nonce }: Transaction): string {
  return `${from}/${nonce}`;
}

function succeeded({ data, gasLimit, to, from }: Transaction): boolean {
  return to === from || (gasLimit > GAS_NEEDED && data !== REVERTING);
}

/** A node of a {@link FakeChain}, honest until a test has it otherwise. */
export class FakeNode {
  readonly chain: FakeChain;
  readonly name: string;
  client: Client = "geth";
  chainId: number | undefined;
  /** Blocks that it is behind. */
  lag = 0;
  /** Added to every nonce that it names. */
  nonceLie = 0;
  /** What it says instead of a contract's code. */
  code: string | null | Error | undefined;
  isDown = false;
  isSilent = false;
  /** It takes transactions, and the reply is lost. */
  losesReplies = false;
  /** It says that it takes transactions, and drops them. */
  drops = false;
  recommendedTip: bigint | undefined = 1n;
  /** What calls revert with. */
  revertData = "0x";
  /** What it says to any transaction. */
  refusal: FakeRefusal | undefined;
  requests: string[] = [];

  constructor(chain: FakeChain, name = "node") {
    this.chain = chain;
    this.name = name;
  }

  readonly request: RpcRequest = async (method, params) => {
    this.requests.push(method);
    if (this.isSilent) return new Promise(() => undefined);
    if (this.isDown) throw new Error("connect ECONNREFUSED 127.0.0.1:8545");
    // What goes over a wire holds no references.
    return structuredClone(await this.#answer(method, params));
  };

  async #answer(method: string, params: readonly unknown[]): Promise<unknown> {
    const { chain } = this;
    const height = Math.max(0, chain.height - this.lag);
    switch (method) {
      case "eth_chainId":
        return toQuantity(this.chainId ?? chain.chainId);
      case "eth_getBlockByNumber": {
        const number = params[0] === "latest" ? height : Number(params[0]);
        const block = number > height ? undefined : chain.blocks[number];
        if (block === undefined) return null;
        const { hash } = block;
        return { number: toQuantity(number), hash, baseFeePerGas: toQuantity(chain.baseFeePerGas) };
      }
      case "eth_getTransactionCount":
        return toQuantity(Math.max(0, chain.nonceOf(params[0] as string, height) + this.nonceLie));
      case "eth_getCode":
        if (this.code instanceof Error) throw this.code;
        if (this.code !== undefined) return this.code;
        return chain.hasMarket ? "0x60" : "0x";
      case "eth_maxPriorityFeePerGas":
        if (this.recommendedTip === undefined)
          throw new RpcError(-32_601, "the method eth_maxPriorityFeePerGas does not exist");
        return toQuantity(this.recommendedTip);
      case "eth_call":
        throw new RpcError(3, "execution reverted", this.revertData);
      case "eth_getTransactionReceipt":
        return this.#receipt(params[0] as string, height);
      case "eth_sendRawTransaction":
        return this.#take(params[0] as string);
      default:
        throw new RpcError(-32_601, `the method ${method} does not exist`);
    }
  }

  #receipt(hash: string, height: number): unknown {
    const found = this.chain.find(hash, height);
    if (found === undefined) return null;
    const { block, transaction } = found;
    const { data, gasLimit, to } = transaction;
    const isOutOfGas = to !== transaction.from && gasLimit <= GAS_NEEDED;
    return {
      transactionHash: hash,
      blockNumber: toQuantity(block.number),
      blockHash: block.hash,
      status: succeeded(transaction) ? "0x1" : "0x0",
      gasUsed: toQuantity(isOutOfGas ? gasLimit : 21_000n),
      logs: succeeded(transaction) ? [{ address: to, topics: [], data }] : [],
    };
  }

  #take(raw: string): string {
    const { chain } = this;
    const transaction = Transaction.from(raw);
    chain.received.push(raw);
    if (this.refusal !== undefined) this.#refuse(this.refusal);
    const key = keyOf(transaction);
    const waiting = chain.pool.get(key);
    const hash = transaction.hash!;
    if (waiting?.hash === hash) this.#refuse("known");
    if (transaction.nonce < chain.nonceOf(transaction.from!)) this.#refuse("nonceTooLow");
    if (waiting !== undefined && !outbids(transaction, waiting))
      this.#refuse("replacementUnderpriced");
    if (!this.drops) chain.pool.set(key, transaction);
    if (this.losesReplies) throw new Error("socket hang up");
    return hash;
  }

  #refuse(refusal: FakeRefusal): never {
    const [code, message] = REFUSALS[refusal][this.client];
    throw new RpcError(code, message);
  }
}

/** geth's rule: both a tenth higher. */
function outbids(transaction: Transaction, waiting: Transaction): boolean {
  const higher = (mine: bigint, its: bigint) => mine > its && mine >= (its * 110n) / 100n;
  return (
    higher(transaction.maxFeePerGas!, waiting.maxFeePerGas!) &&
    higher(transaction.maxPriorityFeePerGas!, waiting.maxPriorityFeePerGas!)
  );
}
