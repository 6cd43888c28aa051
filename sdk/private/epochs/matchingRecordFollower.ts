import { getAddress, type Log, type Provider } from "ethers";
import { LogTrail } from "../../clients/logTrail.ts";
import { parseMatchingRecordLog, type MatchingRecordLog } from "./matchingRecordLog.ts";
import { MatchingRecordState } from "./matchingRecordState.ts";

export interface FollowRecordOptions {
  /** The block of the deployment, or any before it. */
  fromBlock?: number;
  /** Whose seeds are kept; everybody's unless given. Anybody can commit to seeds, and so have others keep them. */
  matcher?: string;
}

/**
 * Follows a private market's matching record: epochs, seeds, openings and verdicts by its logs, also where the chain is
 * reorganised. What it holds is lost with the process: it reads the chain again then.
 */
export class MatchingRecordFollower {
  readonly address: string;
  readonly #trail: LogTrail;
  readonly #matcher: string | undefined;
  #state = new MatchingRecordState();
  #logs: MatchingRecordLog[] = [];
  /** The last of the syncs, which run one after another. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    provider: Provider,
    address: string,
    { fromBlock = 0, matcher }: FollowRecordOptions = {},
  ) {
    this.address = getAddress(address);
    this.#matcher = matcher === undefined ? undefined : getAddress(matcher);
    this.#trail = new LogTrail(provider, this.address, fromBlock, {
      take: (logs) => this.#take(logs),
      rewind: (toBlock) => this.#rebuild(toBlock),
    });
  }

  /** What the blocks that were read come to. Another object after each reorganisation. */
  get state(): MatchingRecordState {
    return this.#state;
  }

  /** The last block that was read. */
  get scannedTo(): number {
    return this.#trail.scannedTo;
  }

  /**
   * Reads the chain to its end, and goes back first where it was reorganised. Where the logs contradict each other, none
   * of the step that they came with is kept.
   * @param throughBlock is read at least, such as that of a receipt: a node may lag behind another
   * @throws RecordHistoryError, MalformedRecordLogError, UnsteadyChainError, and what the provider throws
   */
  sync(throughBlock?: number): Promise<void> {
    const turn = this.#queue.then(() => this.#trail.sync(throughBlock));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #take(raw: readonly Log[]): void {
    const logs = raw
      .map(parseMatchingRecordLog)
      .filter((log) => log !== undefined)
      .filter((log) => this.#isKept(log));
    try {
      for (const log of logs) this.#state.apply(log);
    } catch (error) {
      this.#rebuild(this.scannedTo);
      throw error;
    }
    this.#logs = this.#logs.concat(logs);
  }

  #isKept(log: MatchingRecordLog): boolean {
    if (log.name !== "SeedCommitted" || this.#matcher === undefined) return true;
    return log.matcher === this.#matcher;
  }

  /** Makes the state anew of the logs up to a block. */
  #rebuild(toBlock: number): void {
    this.#logs = this.#logs.filter(({ blockNumber }) => blockNumber <= toBlock);
    this.#state = new MatchingRecordState();
    for (const log of this.#logs) this.#state.apply(log);
  }
}
