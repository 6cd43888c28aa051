import { getAddress, type Provider } from "ethers";
import { chainNowS } from "../../../sdk/clients/chainTime.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import type { PoolState } from "../../../sdk/private/chain/poolState.ts";
import type { PoolSender } from "../../../sdk/private/client/poolSender.ts";
import { MatchingRecordFollower } from "../../../sdk/private/epochs/matchingRecordFollower.ts";
import type {
  AnnouncedEpoch,
  SeedCommitment,
} from "../../../sdk/private/epochs/matchingRecordInterface.ts";
import { MatchingRecordWriter } from "../../../sdk/private/epochs/matchingRecordWriter.ts";
import { PeriodTimes } from "../../../sdk/private/periodTimes.ts";
import type { PoolId } from "../../../sdk/private/pool.ts";

export interface MatcherChainOptions {
  provider: Provider;
  pool: PoolId;
  /** The matching record's address. */
  record: string;
  /** The block of both contracts' deployment, or any before it. */
  fromBlock?: number;
  /** Commits to seeds; it needs no role. */
  sender: PoolSender & { address: string };
}

/** The private market and its matching record as the matcher sees them on the chain. */
export class MatcherChain {
  readonly pool: PoolId;
  readonly terms: PoolTerms;
  /** Whose seeds are the matcher's. */
  readonly matcher: string;
  readonly #provider: Provider;
  readonly #follower: PoolFollower;
  readonly #record: MatchingRecordFollower;
  readonly #writer: MatchingRecordWriter;
  readonly #times: PeriodTimes;
  #nowS = 0;
  #syncing: Promise<void> | undefined;

  private constructor(options: MatcherChainOptions, follower: PoolFollower, terms: PoolTerms) {
    const { provider, pool, record, fromBlock = 0, sender } = options;
    this.pool = pool;
    this.terms = terms;
    this.#times = new PeriodTimes(terms);
    this.matcher = getAddress(sender.address);
    this.#provider = provider;
    this.#follower = follower;
    const { matcher } = this;
    this.#record = new MatchingRecordFollower(provider, record, { fromBlock, matcher });
    this.#writer = new MatchingRecordWriter(record, sender);
  }

  /** Reads the chain to its end. @throws what `PoolFollower.sync` throws */
  static async connect(options: MatcherChainOptions): Promise<MatcherChain> {
    const { provider, pool, fromBlock = 0 } = options;
    const follower = new PoolFollower(provider, pool.pool, { fromBlock });
    const chain = new MatcherChain(options, follower, await follower.terms());
    await chain.sync();
    return chain;
  }

  /** Reads what came since. Who asks while it reads waits for the next reading, which begins after the question. */
  async sync(): Promise<void> {
    await this.#syncing?.catch(() => undefined);
    this.#syncing ??= this.#read().finally(() => (this.#syncing = undefined));
    await this.#syncing;
  }

  async #read(): Promise<void> {
    const nowS = await chainNowS(this.#provider);
    await Promise.all([this.#follower.sync(), this.#record.sync()]);
    // Only now: plans of the time that it says have been read.
    this.#nowS = nowS;
  }

  /** The chain's time at the last reading, in Unix seconds. */
  get nowS(): number {
    return this.#nowS;
  }

  get state(): PoolState {
    return this.#follower.state;
  }

  get epochs(): readonly AnnouncedEpoch[] {
    return this.#record.state.epochs;
  }

  epochOfPeriod(period: bigint): AnnouncedEpoch | undefined {
    return this.#record.state.epochOfPeriod(period);
  }

  /** What this matcher committed to. */
  seedOf(epoch: number): SeedCommitment | undefined {
    return this.#record.state.seeds.find(
      (seed) => seed.epoch === epoch && getAddress(seed.matcher) === this.matcher,
    );
  }

  async commitSeed(epoch: number, commitment: string): Promise<void> {
    const { blockNumber } = await this.#writer.commitSeed(epoch, commitment);
    await this.#record.sync(blockNumber);
  }

  /** From when on no plan of a period is taken. */
  plansCloseAtS(period: bigint): number {
    return this.#times.plansCloseAt(period);
  }

  /** From when on no match of a period is taken. */
  proposalsCloseAtS(period: bigint): number {
    return this.#times.proposalsCloseAt(period);
  }

  /** The end of a period's delivery. */
  deliveredAtS(period: bigint): number {
    return this.#times.endOf(period);
  }

  /** From when on no actual note of a period is taken. */
  reportingEndsAtS(period: bigint): number {
    return this.#times.settledBy(period);
  }
}
