import { setImmediate as nextTurn } from "node:timers/promises";
import type { Signer } from "ethers";
import type { RunTime } from "../../sdk/clock.ts";
import { BaseError } from "../../sdk/errors.ts";
import { signReading, packReading, type SignedReading } from "../../sdk/readings/reading.ts";
import { READINGS_PER_BATCH, reportReadingsCall } from "../../sdk/readings/report.ts";
import type { Log } from "../operations/log.ts";
import { hasPassed } from "../sending/hasPassed.ts";
import type { TransactionManager } from "../sending/transactionManager.ts";
import { StoreDamagedError, StoreWriteError } from "../store/errors.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { StoredReading } from "../store/readings.ts";
import { Alarm } from "./alarm.ts";
import type { ChainFollower } from "./chainFollower.ts";
import { learnOutcomes } from "./learnOutcomes.ts";

export interface DeliveryOptions {
  store: GatewayStore;
  /** The gateway's key, under which its meters are bound. */
  signer: Signer;
  manager: TransactionManager;
  follower: ChainFollower;
  time: RunTime;
  /** Seconds between looks at transactions that are under way. */
  pollS: number;
  log: Log;
}

/** The first wait after a failure; it doubles up to the longest. */
const FIRST_RETRY_S = 0.5;
const LONGEST_RETRY_S = 30;
/** After a transaction that did nothing: what made it fail may make the next fail too, and each costs gas. */
const FIRST_REST_S = 10;
const LONGEST_REST_S = 600;
/** Readings at a time, so that meters are read on time meanwhile, and after weeks without a chain too. */
const SIGNED_AT_ONCE = 100;
const LOOKED_AT_ONCE = 1_000;

/**
 * Brings stored readings to the chain. Each is signed before it is sent, and every step is on the disk before the next
 * is taken, so that a gateway that is killed goes on where it was.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #alarm = new Alarm();
  #retryS = FIRST_RETRY_S;
  #failure: { message: string; atS: number } | undefined;
  #restS = FIRST_REST_S;
  #rest: { forS: number; sinceS: number } | undefined;
  #refusals = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Why the latest attempt to reach the chain failed; undefined where it did not. */
  get failure(): string | undefined {
    return this.#failure?.message;
  }

  /** How often a reading was refused or came too late, since the start. */
  get refusals(): number {
    return this.#refusals;
  }

  /** A transaction has done nothing: its readings are submitted anew after a rest, which doubles each time. */
  rest(): void {
    const { time, follower } = this.#options;
    const longestS = Math.min(LONGEST_REST_S, follower.reads.constants.periodLength / 2);
    this.#rest = { forS: Math.min(this.#restS, longestS), sinceS: time.nowS() };
    this.#restS = Math.min(2 * this.#restS, LONGEST_REST_S);
  }

  /** There is something to deliver. */
  wake(): void {
    this.#alarm.ring();
  }

  /**
   * Runs until the signal.
   * @throws StoreWriteError, StoreDamagedError, after which nothing may be signed any more
   */
  async run(signal: AbortSignal): Promise<void> {
    const { time } = this.#options;
    const clock = time.join();
    try {
      while (!signal.aborted) {
        const nextS = await this.#turn(signal);
        await this.#alarm.until(clock, nextS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clock.leave();
    }
  }

  /** @returns when to look again */
  async #turn(signal: AbortSignal): Promise<number> {
    const { time, log } = this.#options;
    await this.#sign(signal);
    if (this.#failure !== undefined) {
      // More to bring is no reason to ask nodes again that do not answer.
      const { atS } = this.#failure;
      if (!hasPassed(this.#retryS, atS, time.nowS())) return atS + this.#retryS;
      this.#retryS = Math.min(2 * this.#retryS, LONGEST_RETRY_S);
    }
    try {
      const nextS = await this.#bring(signal);
      if (this.#failure !== undefined) log.endRepeats("delivery");
      this.#failure = undefined;
      this.#retryS = FIRST_RETRY_S;
      return nextS;
    } catch (error) {
      if (error instanceof StoreWriteError || error instanceof StoreDamagedError) throw error;
      const message =
        error instanceof BaseError ? error.shortMessage : ((error as Error).stack ?? String(error));
      log.warn("readings wait for the chain", { problem: message }, { repeatKey: "delivery" });
      const atS = time.nowS();
      this.#failure = { message, atS };
      return atS + this.#retryS;
    }
  }

  /** @returns when to look again */
  async #bring(signal: AbortSignal): Promise<number> {
    const { manager, store, follower, time, pollS, log } = this.#options;
    await manager.advance();
    const nowMs = time.nowS() * 1000;
    const onRefused = () => ++this.#refusals;
    for (const wasUseful of await learnOutcomes({ store, follower, nowMs, onRefused, log })) {
      if (wasUseful) this.#restS = FIRST_REST_S;
      else this.rest();
    }
    const restUntilS = this.#restUntilS();
    if (restUntilS === undefined) await this.#submit(signal);
    const nowS = time.nowS();
    if (!manager.isIdle()) return nowS + pollS;
    return Math.max((store.readings.nextDueMs() ?? Infinity) / 1000, restUntilS ?? nowS);
  }

  #restUntilS(): number | undefined {
    if (this.#rest === undefined) return undefined;
    const { forS, sinceS } = this.#rest;
    return hasPassed(forS, sinceS, this.#options.time.nowS()) ? undefined : sinceS + forS;
  }

  async #sign(signal: AbortSignal): Promise<void> {
    const { store, signer, follower } = this.#options;
    const domain = follower.reads.constants.typedDomain;
    while (!signal.aborted) {
      const unsigned = store.readings.pending({ state: "read", limit: SIGNED_AT_ONCE });
      if (unsigned.length === 0) return;
      const signatures = [];
      for (const reading of unsigned) {
        const { id, participant, meterId, period, importWh, exportWh } = reading;
        const values = { participant, meterId, period, importWh, exportWh };
        const { r, vs } = await signReading(signer, domain, values);
        signatures.push({ id, r, vs });
      }
      store.readings.storeSigned(signatures);
      await nextTurn();
    }
  }

  async #submit(signal: AbortSignal): Promise<void> {
    const { store, manager, follower, time } = this.#options;
    const { market } = follower.reads.addresses;
    while (!signal.aborted) {
      const due = store.readings.pending({
        state: "signed",
        waitUntilMs: time.nowS() * 1000,
        limit: LOOKED_AT_ONCE,
      });
      const late = await this.#refuseLate(due);
      const batch = due
        .filter(({ id }) => !late.has(id))
        .sort((a, b) => a.period - b.period || a.participant - b.participant)
        .slice(0, READINGS_PER_BATCH);
      if (batch.length !== 0) {
        if (!manager.hasRoom()) return;
        await manager.submit({
          ...reportReadingsCall(market, batch.map(toSigned)),
          readingIds: batch.map(({ id }) => id),
        });
      } else if (late.size === 0) return;
      await nextTurn();
    }
  }

  /** Gives up readings of periods that take none any more; their energy counts with the next. */
  async #refuseLate(readings: readonly StoredReading[]): Promise<Set<number>> {
    const { store, follower, log } = this.#options;
    const late: { id: number; reason: string }[] = [];
    for (const { id, participant, period } of readings) {
      const closedAtS = await this.#closedAtS(period);
      // By the chain's own time: the machine's clock may be wrong, and the next block is later still.
      if ((follower.head?.timestampS ?? 0) < closedAtS) continue;
      const reason = `the period takes no readings since ${new Date(closedAtS * 1000).toISOString()}`;
      late.push({ id, reason });
      const repeatKey = `late ${participant}`;
      log.warn("a reading is too late", { participant, period, reason }, { repeatKey });
    }
    if (late.length !== 0) store.readings.refuse(late);
    this.#refusals += late.length;
    return new Set(late.map(({ id }) => id));
  }

  /** Unix seconds from which a reading of a period is taken no more. */
  async #closedAtS(period: number): Promise<number> {
    const { follower } = this.#options;
    const { reads } = follower;
    const { settlementDue, gracePeriods } = await follower.parametersOf(period);
    return reads.startOf(period + 1) + settlementDue + gracePeriods * reads.constants.periodLength;
  }
}

function toSigned({ r, vs, ...reading }: StoredReading): SignedReading {
  return { reading: packReading(reading), r: r!, vs: vs! };
}
