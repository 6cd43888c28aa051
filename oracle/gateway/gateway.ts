import { READINGS_PER_BATCH, type GatewayClient } from "../../sdk/clients/gatewayClient.ts";
import type { Clock } from "../../sdk/clock.ts";
import { formatContractError } from "../../sdk/events/contractError.ts";
import type { Reading } from "../../sdk/readings/reading.ts";
import type { MeterRegisters } from "../modbus/modbusTcpMeter.ts";
import { JournalError } from "./journal.ts";
import type {
  PendingReading,
  ReadingCounts,
  ReadingOutcome,
  ReadingStore,
} from "./readingStore.ts";

/** A meter that the gateway reads. */
export interface GatewayMeter {
  participant: number;
  /** The number of its binding, under which its readings are signed. */
  meterId: number;
  /** The period in which it was bound; readings begin with the next. */
  boundIn: number;
  /** Where it is, for messages. */
  where: string;
  readEnergy(): Promise<MeterRegisters>;
}

/** How the gateway is. */
export interface GatewayStatus extends ReadingCounts {
  meters: number;
  /** Meters whose latest reading failed. */
  unreachable: number;
  /** Readings that are stored and not final. */
  pending: number;
}

export interface GatewayOptions {
  client: GatewayClient;
  meters: readonly GatewayMeter[];
  store: ReadingStore;
  clock: Clock;
  log: (line: string) => void;
}

/** Connections at a time. */
const READS_AT_A_TIME = 32;
/** The first wait before another try; it doubles up to a period. */
const RETRY_S = 0.5;

/**
 * Reads its meters at the end of every period and reports the readings. Each is stored before it is signed and signed
 * before it is sent, so that a gateway that is killed goes on where it was.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #failing = new Set<number>();
  /** When readings of a participant are taken again, in unix seconds. */
  readonly #held = new Map<number, number>();
  #due = new Set<GatewayMeter>();
  #duePeriod = -1;
  #retryS = RETRY_S;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  status(): GatewayStatus {
    const { meters, store } = this.#options;
    return {
      ...store.counts,
      meters: meters.length,
      unreachable: this.#failing.size,
      pending: store.pending().length,
    };
  }

  /**
   * Runs until the signal.
   * @throws JournalError, after which nothing may be signed any more
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, client } = this.#options;
    const { reads } = client;
    let retryAt = this.#options.store.pending().length === 0 ? Infinity : clock.nowS();
    while (!signal.aborted) {
      const nextEnd = reads.startOf(Math.max(this.#duePeriod + 2, reads.periodAt(clock.nowS())));
      await clock.until(Math.min(nextEnd, retryAt), signal);
      const ended = reads.periodAt(clock.nowS()) - 1;
      if (ended > this.#duePeriod) this.#begin(ended);
      await this.#collect(signal);
      const delivered = await this.#deliver();
      if (delivered && this.#due.size === 0) {
        this.#retryS = RETRY_S;
        retryAt = Math.min(...this.#held.values());
      } else {
        retryAt = clock.nowS() + this.#retryS;
        this.#retryS = Math.min(2 * this.#retryS, reads.constants.periodLength);
      }
    }
  }

  /** A meter that was not read in time is read for the new period: its energy counts there. */
  #begin(period: number): void {
    const { store, meters, log } = this.#options;
    for (const meter of this.#due) {
      log(`meter of participant ${meter.participant}: no reading for period ${this.#duePeriod}`);
    }
    this.#duePeriod = period;
    this.#retryS = RETRY_S;
    this.#due = new Set(
      meters.filter(
        ({ participant, boundIn }) =>
          boundIn < period && store.latestPeriodOf(participant) < period,
      ),
    );
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const { store, clock, log } = this.#options;
    const queue = [...this.#due];
    const readings: Reading[] = [];
    const worker = async () => {
      for (let meter = queue.shift(); meter !== undefined; meter = queue.shift()) {
        if (signal.aborted) return;
        const { participant, meterId } = meter;
        try {
          const registers = await meter.readEnergy();
          readings.push({ participant, meterId, period: this.#duePeriod, ...registers });
          this.#due.delete(meter);
          this.#failing.delete(participant);
        } catch (error) {
          if (!this.#failing.has(participant)) log((error as Error).message);
          this.#failing.add(participant);
        }
      }
    };
    await Promise.all(Array.from({ length: READS_AT_A_TIME }, worker));
    await store.storeRead(readings, clock.nowS());
  }

  /** @returns true where nothing is left that could be delivered now */
  async #deliver(): Promise<boolean> {
    const { client, log } = this.#options;
    try {
      for (let batch = this.#deliverable(); batch.length !== 0; batch = this.#deliverable()) {
        if (!(await this.#deliverBatch(batch.slice(0, READINGS_PER_BATCH)))) return false;
      }
      return true;
    } catch (error) {
      if (error instanceof JournalError) throw error;
      log(`readings of ${client.sender.address} wait: ${(error as Error).message}`);
      return false;
    }
  }

  /** Stored readings, save those of meters that wait until the period they have missed is closed. */
  #deliverable(): PendingReading[] {
    const now = this.#options.clock.nowS();
    for (const [participant, untilS] of this.#held) {
      if (untilS <= now) this.#held.delete(participant);
    }
    return this.#options.store
      .pending()
      .filter(({ reading: { participant } }) => !this.#held.has(participant));
  }

  /** @returns false where readings of the batch must be sent again soon */
  async #deliverBatch(batch: PendingReading[]): Promise<boolean> {
    const { store, client, log } = this.#options;
    const unsigned = batch.filter(({ signed }) => signed === undefined);
    await Promise.all(
      unsigned.map(async (pending) => {
        pending.signed = await client.sign(pending.reading);
      }),
    );
    await store.storeSigned(unsigned);
    await store.storeSent(batch);
    const { hash, counted, refused } = await client.report(batch.map(({ signed }) => signed!));
    const outcomes: ReadingOutcome[] = counted.map(({ participant, period }) => ({
      type: "counted",
      participant,
      period,
      hash,
    }));
    let early = false;
    for (const { participant, period, reason } of refused) {
      const message = formatContractError(reason);
      if (reason.name === "ReadingTooEarly") {
        // The chain's clock lags behind by a block.
        early = true;
      } else if (reason.name === "ReadingOutOfOrder") {
        this.#held.set(participant, Number(reason.args.until));
        log(`reading of participant ${participant} for period ${period} waits: ${message}`);
      } else if (reason.name === "ReadingNotNew") {
        // It had been sent before, and its outcome was lost with the process.
        outcomes.push({ type: "counted", participant, period, hash });
      } else {
        outcomes.push({ type: "refused", participant, period, reason: message });
        log(`reading of participant ${participant} for period ${period} is refused: ${message}`);
      }
    }
    await store.storeOutcome(outcomes);
    return !early;
  }
}
