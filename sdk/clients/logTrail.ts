import type { Log, Provider } from "ethers";
import { BaseError } from "../errors.ts";
import { readLogs, type BlockRange } from "./readLogs.ts";

/** How many blocks are read before what they hold is checked and kept. */
const BLOCKS_PER_STEP = 20_000;
/** How often a step is tried while the chain changes under it, or its last block is not there yet. */
const STEP_ATTEMPTS = 5;
/** How long the first pause between two tries is; each is longer by as much. */
const RETRY_MS = 100;
/** How many blocks' hashes are kept: a deeper reorganisation makes the reader begin anew. */
const MOST_CHECKPOINTS = 512;

/** A block whose hash is known. */
interface Checkpoint {
  number: number;
  hash: string;
}

/** What is done with a contract's logs. */
export interface LogTaker {
  /** Takes the logs of the next blocks, all of them or, where it throws, none. */
  take(logs: readonly Log[]): void;
  /** Forgets what came after a block: the chain has others there now. */
  rewind(toBlock: number): void;
}

/** The chain changes faster than it can be read. */
export class UnsteadyChainError extends BaseError {
  override name = "UnsteadyChainError";

  constructor({ fromBlock, toBlock }: BlockRange) {
    super(
      `The chain changed ${STEP_ATTEMPTS} times while blocks ${fromBlock} to ${toBlock} were read.`,
      { metaMessages: ["Ask a node that is in step with its chain, or try again later."] },
    );
  }
}

/**
 * Reads a contract's logs as the chain grows, each once, and goes back where the chain was reorganised. What is taken is
 * at every moment of one and the same chain.
 */
export class LogTrail {
  readonly #provider: Provider;
  readonly #address: string;
  readonly #fromBlock: number;
  readonly #taker: LogTaker;
  #checkpoints: Checkpoint[] = [];

  /** @param fromBlock the block of the contract's deployment, or any before it */
  constructor(provider: Provider, address: string, fromBlock: number, taker: LogTaker) {
    this.#provider = provider;
    this.#address = address;
    this.#fromBlock = fromBlock;
    this.#taker = taker;
  }

  /** The last block that was read. */
  get scannedTo(): number {
    return this.#checkpoints.at(-1)?.number ?? this.#fromBlock - 1;
  }

  /** Its hash. */
  get scannedHash(): string | undefined {
    return this.#checkpoints.at(-1)?.hash;
  }

  /** The hash of a block of the chain as it is now. */
  async hashOf(blockNumber: number): Promise<string | undefined> {
    return (await this.#provider.getBlock(blockNumber))?.hash ?? undefined;
  }

  /**
   * Reads the chain to the end that it had when one asked, and goes back first where it was reorganised: it ends however
   * fast blocks come. Not to be called again before it is done.
   * @param throughBlock is read at least, such as that of a receipt: a node may lag behind another
   * @throws UnsteadyChainError, and what the taker or the provider throws
   */
  async sync(throughBlock = 0): Promise<void> {
    let failures = 0;
    let head: number | undefined;
    const fail = () => {
      failures++;
      // The chain's other branch may be shorter.
      head = undefined;
    };
    for (;;) {
      // A node that lags or changes its mind gets a little time.
      if (failures > 0) await delay(RETRY_MS * failures);
      if (await this.#goBack()) fail();
      head ??= Math.max(await latestBlock(this.#provider), throughBlock);
      if (this.scannedTo >= head) return;
      const range = {
        fromBlock: this.scannedTo + 1,
        toBlock: Math.min(this.scannedTo + BLOCKS_PER_STEP, head),
      };
      if (failures >= STEP_ATTEMPTS) throw new UnsteadyChainError(range);
      if (!(await this.#readStep(range))) fail();
    }
  }

  /** Goes back to the last known block that the chain still has. @returns whether that was another */
  async #goBack(): Promise<boolean> {
    const known = this.#checkpoints.length;
    for (let last = this.#checkpoints.at(-1); last !== undefined; last = this.#checkpoints.at(-1)) {
      if ((await this.hashOf(last.number)) === last.hash) break;
      this.#checkpoints.pop();
    }
    if (this.#checkpoints.length === known) return false;
    this.#taker.rewind(this.scannedTo);
    return true;
  }

  /** Reads some blocks. @returns false where they were not of one and the same chain all the time */
  async #readStep(range: BlockRange): Promise<boolean> {
    const { toBlock } = range;
    const before = await this.hashOf(toBlock);
    const logs = await readLogs(this.#provider, this.#address, range);
    const known = this.#checkpoints.at(-1);
    const isBefore = known === undefined || (await this.hashOf(known.number)) === known.hash;
    const isLast = logs.every((log) => log.blockNumber !== toBlock || log.blockHash === before);
    // A block fixes all before it: the logs are of one chain where it is the same before and after.
    if (before === undefined || !isBefore || !isLast) return false;
    if ((await this.hashOf(toBlock)) !== before) return false;
    this.#taker.take(logs);
    const passed = logs.map(({ blockNumber: number, blockHash: hash }) => ({ number, hash }));
    for (const checkpoint of [...passed, { number: toBlock, hash: before }]) {
      if (checkpoint.number > this.scannedTo) this.#checkpoints.push(checkpoint);
    }
    this.#checkpoints = this.#checkpoints.slice(-MOST_CHECKPOINTS);
    return true;
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The chain's last block, past what ethers would remember of it for a while. */
async function latestBlock(provider: Provider): Promise<number> {
  if ("send" in provider && typeof provider.send === "function") {
    const send = provider.send.bind(provider) as (method: string, params: []) => Promise<unknown>;
    return Number(await send("eth_blockNumber", []));
  }
  return provider.getBlockNumber();
}
