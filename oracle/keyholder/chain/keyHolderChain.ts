import type { Provider } from "ethers";
import { hasPassed, readChainTime, type ChainTime } from "../../../sdk/clients/chainTime.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import type { BookedPlan, PoolState } from "../../../sdk/private/chain/poolState.ts";
import type { PoolSender } from "../../../sdk/private/client/poolSender.ts";
import { MatchingRecordFollower } from "../../../sdk/private/epochs/matchingRecordFollower.ts";
import { MatchingRecordReads } from "../../../sdk/private/epochs/matchingRecordReads.ts";
import type { MatchingRecordState } from "../../../sdk/private/epochs/matchingRecordState.ts";
import { MatchingRecordWriter } from "../../../sdk/private/epochs/matchingRecordWriter.ts";
import type { LoggedOpening } from "../../../sdk/private/epochs/matchingRecordInterface.ts";
import { FollowedMatcherPool } from "../../../sdk/private/matcher/followedMatcherPool.ts";
import { PeriodTimes } from "../../../sdk/private/periodTimes.ts";
import type { PoolId } from "../../../sdk/private/pool.ts";
import { isRestPlan } from "../../../sdk/private/uploads/planUpload.ts";
import type { Log } from "../../operations/log.ts";
import { KeyHolderRoles } from "./keyHolderRoles.ts";

export interface KeyHolderChainOptions {
  provider: Provider;
  pool: PoolId;
  /** The address of the matching record. */
  record: string;
  /** Whose seeds count; everybody's unless given. */
  matcher?: string;
  /** Of the key that has the pool's matcher role and the record's key holder role. */
  sender: PoolSender;
  /** The address of that key. */
  account: string;
  log: Log;
  /** The block of the deployment, or any before it. */
  fromBlock?: number;
}

/** What was read this long ago is still taken where nothing depends on a moment. */
const FRESH_MS = 500;
/** So far a node's clock may be ahead of those who make blocks; of markets in a hurry, a part of the time for rounds. */
const MOST_CLOCK_MARGIN_S = 15;
const CLOCK_MARGIN_PART = 0.25;

/** The chain as the key holder sees it, by its own node: neither the matcher's view nor its clock is believed. */
export class KeyHolderChain {
  readonly pool: PoolId;
  readonly provider: Provider;
  readonly times: PeriodTimes;
  readonly matcherPool: FollowedMatcherPool;
  readonly reads: MatchingRecordReads;
  readonly writer: MatchingRecordWriter;
  readonly roles: KeyHolderRoles;
  readonly #follower: PoolFollower;
  readonly #record: MatchingRecordFollower;
  #time: ChainTime = { latestS: 0, nowS: 0 };
  #readAtMs = -Infinity;
  #reading: Promise<void> | undefined;

  /** @throws what the provider throws */
  static async connect(options: KeyHolderChainOptions): Promise<KeyHolderChain> {
    const { provider, pool, fromBlock = 0, sender } = options;
    const follower = new PoolFollower(provider, pool.pool, { fromBlock });
    const times = new PeriodTimes(await follower.terms());
    const matcherPool = await FollowedMatcherPool.connect(follower, sender);
    return new KeyHolderChain(options, follower, times, matcherPool);
  }

  private constructor(
    { provider, pool, record, sender, account, log, matcher, fromBlock = 0 }: KeyHolderChainOptions,
    follower: PoolFollower,
    times: PeriodTimes,
    matcherPool: FollowedMatcherPool,
  ) {
    this.provider = provider;
    this.pool = pool;
    this.times = times;
    this.matcherPool = matcherPool;
    this.#follower = follower;
    const seeds = matcher === undefined ? {} : { matcher };
    this.#record = new MatchingRecordFollower(provider, record, { fromBlock, ...seeds });
    this.reads = new MatchingRecordReads(provider, record);
    this.writer = new MatchingRecordWriter(record, sender);
    const addresses = { pool: pool.pool, record };
    this.roles = new KeyHolderRoles({ provider, account, addresses, log });
  }

  /** Plans and matches as they were read last. */
  get state(): PoolState {
    return this.#follower.state;
  }

  /** Epochs, seeds, openings and verdicts as they were read last. */
  get record(): MatchingRecordState {
    return this.#record.state;
  }

  get scannedTo(): number {
    return this.#follower.scannedTo;
  }

  /** The chain's time as it was read last. */
  get lastNowS(): number {
    return this.#time.nowS;
  }

  /**
   * Whether no plan of a period can come any more. A block of after the close shows it. The clock of one's own node does
   * not: where it is ahead, blocks to come can still take plans. On a chain that makes no blocks it is believed a while
   * later.
   */
  havePlansClosed(period: bigint): boolean {
    const closeS = this.times.plansCloseAt(period);
    const roundsS = this.times.proposalsCloseAt(period) - closeS;
    const marginS = Math.min(MOST_CLOCK_MARGIN_S, CLOCK_MARGIN_PART * roundsS);
    return hasPassed(this.#time, closeS, marginS);
  }

  /** Reads the chain to its end. @throws what the provider throws */
  async sync(): Promise<void> {
    // A read that has begun may have missed what is asked about.
    await this.#reading?.catch(() => undefined);
    await this.#read();
  }

  /** As {@link sync}, but what was read half a second ago will do. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#readAtMs > FRESH_MS) await this.#read();
  }

  /**
   * When a plan was submitted, in Unix seconds; of a rest, when that which it is left of was: it is matched by the same
   * features, whenever it is uploaded.
   * @returns undefined where the chain has no such plan
   * @throws what the provider throws
   */
  async submittedAtS(plan: bigint): Promise<number | undefined> {
    const booked = this.state.plans.get(plan);
    if (booked === undefined) return undefined;
    const origin = isRestPlan(booked) ? this.#originOf(booked) : booked;
    if (origin === undefined) return undefined;
    return (await this.provider.getBlock(origin.log.blockNumber))?.timestamp;
  }

  /** The first plan with the hash of features that a rest inherits. */
  #originOf({ features }: BookedPlan): BookedPlan | undefined {
    return [...this.state.plans.values()].find(
      (one) => one.features === features && !isRestPlan(one),
    );
  }

  /** Logs an opening, unless it was. @throws ContractRevertedError and what the provider throws */
  async logOnce(opening: LoggedOpening): Promise<void> {
    if ((await this.reads.openingOf(opening.kind, opening.round)) !== undefined) return;
    await this.writer.logOpening(opening);
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    const time = await readChainTime(this.provider);
    await Promise.all([this.#follower.sync(), this.#record.sync()]);
    // Only now, and read before: plans of the time that it says have been read.
    this.#time = time;
    this.#readAtMs = performance.now();
  }
}
