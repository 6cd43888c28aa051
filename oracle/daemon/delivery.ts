import type { Signer } from "ethers";
import type { RunTime } from "../../sdk/clock.ts";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import { BaseError } from "../../sdk/errors.ts";
import { signReading, packReading, type SignedReading } from "../../sdk/readings/reading.ts";
import { decodeReport, READINGS_PER_BATCH, reportReadingsCall } from "../../sdk/readings/report.ts";
import type { Log } from "../operations/log.ts";
import type { TransactionManager } from "../sending/transactionManager.ts";
import { StoreDamagedError, StoreWriteError } from "../store/errors.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { StoredReading } from "../store/readings.ts";
import type { ChainFollower } from "./chainFollower.ts";
import { judgeReport } from "./judgeReport.ts";

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

/** Why a wait ends before its time. */
class WokenError extends Error {
  override name = "WokenError";
}

/**
 * Brings stored readings to the chain. Each is signed before it is sent, and every step is on the disk before the next
 * is taken, so that a gateway that is killed goes on where it was.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  #alarm = new AbortController();
  #retryS = FIRST_RETRY_S;
  #failure: string | undefined;
  #restS = FIRST_REST_S;
  #restsUntilS = -Infinity;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Why the latest attempt to reach the chain failed; undefined where it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** A transaction has done nothing: its readings are submitted anew after a rest, which doubles each time. */
  rest(): void {
    this.#restsUntilS = this.#options.time.nowS() + this.#restS;
    this.#restS = Math.min(2 * this.#restS, LONGEST_REST_S);
  }

  /** A transaction was of use. */
  endRest(): void {
    this.#restS = FIRST_REST_S;
  }

  /** There is something to deliver. */
  wake(): void {
    this.#alarm.abort(new WokenError("woken"));
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
        this.#alarm = new AbortController();
        const nextS = await this.#turn(clock.nowS());
        try {
          await clock.until(nextS, AbortSignal.any([signal, this.#alarm.signal]));
        } catch (error) {
          if (!(error instanceof WokenError)) throw error;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clock.leave();
    }
  }

  /** @returns when to look again */
  async #turn(nowS: number): Promise<number> {
    const { manager, pollS, log } = this.#options;
    try {
      await this.#sign();
      await manager.advance();
      await this.#learn();
      await this.#submit(nowS);
      if (this.#failure !== undefined) {
        this.#failure = undefined;
        log.endRepeats("delivery");
      }
      this.#retryS = FIRST_RETRY_S;
      return manager.isIdle() ? Math.max(this.#nextWaitS(), this.#restsUntilS) : nowS + pollS;
    } catch (error) {
      if (error instanceof StoreWriteError || error instanceof StoreDamagedError) throw error;
      const message =
        error instanceof BaseError ? error.shortMessage : ((error as Error).stack ?? String(error));
      log.warn("readings wait for the chain", { problem: message }, { repeatKey: "delivery" });
      this.#failure = message;
      const nextS = nowS + this.#retryS;
      this.#retryS = Math.min(2 * this.#retryS, LONGEST_RETRY_S);
      return nextS;
    }
  }

  async #sign(): Promise<void> {
    const { store, signer, follower } = this.#options;
    const domain = follower.reads.constants.typedDomain;
    const unsigned = store.readings.pending().filter(({ state }) => state === "read");
    const signatures = [];
    for (const reading of unsigned) {
      const { participant, meterId, period, importWh, exportWh } = reading;
      const { r, vs } = await signReading(signer, domain, {
        participant,
        meterId,
        period,
        importWh,
        exportWh,
      });
      signatures.push({ id: reading.id, r, vs });
    }
    if (signatures.length !== 0) store.readings.storeSigned(signatures);
  }

  /** Keeps what the chain said of the readings of transactions that are in a block. */
  async #learn(): Promise<void> {
    const { store, follower, time, log } = this.#options;
    const { reads } = follower;
    for (const { id, includedHash, readingIds } of store.transactions.withoutOutcome()) {
      const receipt = await reads.provider.getTransactionReceipt(includedHash!);
      // A reorganisation has just taken it away: the next look says so.
      if (receipt === null) continue;
      const outcomes = await judgeReport(
        store.readings.readingsIn(readingIds),
        decodeReport(receipt.logs, reads.addresses.market),
        time.nowS() * 1000,
        (participant) => reads.meterOf(participant),
      );
      store.transactions.storeOutcome(id, outcomes);
      for (const outcome of outcomes) {
        if (outcome.type === "counted") continue;
        const [reading] = store.readings.readingsIn([outcome.id]);
        const message = outcome.type === "refused" ? "a reading is refused" : "a reading waits";
        log.warn(message, { ...placeOf(reading!), reason: outcome.reason });
      }
    }
  }

  async #submit(nowS: number): Promise<void> {
    const { store, manager, follower } = this.#options;
    const { market } = follower.reads.addresses;
    if (nowS < this.#restsUntilS) return;
    const isOpen = await this.#refuseLate(nowS);
    const ready = store.readings
      .pending()
      .filter(
        ({ id, state, waitUntilMs }) =>
          state === "signed" && isOpen.has(id) && (waitUntilMs ?? 0) <= nowS * 1000,
      );
    for (let first = 0; first < ready.length && manager.hasRoom(); first += READINGS_PER_BATCH) {
      const batch = ready.slice(first, first + READINGS_PER_BATCH);
      await manager.submit({
        ...reportReadingsCall(market, batch.map(toSigned)),
        readingIds: batch.map(({ id }) => id),
      });
    }
  }

  /**
   * Gives up readings of periods that take none any more; their energy counts with the next.
   * @returns the others
   */
  async #refuseLate(nowS: number): Promise<Set<number>> {
    const { store, follower, log } = this.#options;
    const { reads } = follower;
    const open = new Set<number>();
    const late: { id: number; reason: string }[] = [];
    for (const reading of store.readings.pending()) {
      if (reading.state !== "signed") continue;
      const closedAtS = await closedAt(follower, reads, reading.period);
      // A block's time may lag behind: what is late by less than that may still be taken.
      if (nowS < closedAtS + 2) open.add(reading.id);
      else {
        const reason = `the period takes no readings since ${new Date(closedAtS * 1000).toISOString()}`;
        late.push({ id: reading.id, reason });
        log.warn("a reading is too late", { ...placeOf(reading), reason });
      }
    }
    if (late.length !== 0) store.readings.refuse(late);
    return open;
  }

  #nextWaitS(): number {
    const waits = this.#options.store.readings
      .pending()
      .filter(({ state }) => state === "signed")
      .map(({ waitUntilMs }) => (waitUntilMs ?? 0) / 1000);
    return Math.min(Infinity, ...waits);
  }
}

/** Unix seconds from which a reading of a period is taken no more. */
async function closedAt(
  follower: ChainFollower,
  reads: MarketReads,
  period: number,
): Promise<number> {
  const { settlementDue, gracePeriods } = await follower.parametersOf(period);
  return reads.startOf(period + 1) + settlementDue + gracePeriods * reads.constants.periodLength;
}

function toSigned({ r, vs, ...reading }: StoredReading): SignedReading {
  return { reading: packReading(reading), r: r!, vs: vs! };
}

const placeOf = ({ participant, period }: StoredReading) => ({ participant, period });
