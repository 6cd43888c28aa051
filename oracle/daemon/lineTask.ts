import type { RunTime } from "../../sdk/clock.ts";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import type { Log } from "../operations/log.ts";
import type { NewReading } from "../store/readings.ts";
import type { MeterChannel } from "./meterChannel.ts";

export interface LineTaskOptions {
  /** The meters of one line, which are read one after the other. */
  channels: readonly MeterChannel[];
  reads: MarketReads;
  time: RunTime;
  /** Seconds between samples, at this moment. */
  intervalS: () => number;
  /** Keeps readings; resolves when they are durable. */
  keep: (readings: readonly NewReading[]) => Promise<void>;
  /** False while nobody knows what time it is: no period is said to have ended then. */
  isTimeTrusted: () => boolean;
  log: Log;
}

/** The first wait before a meter is tried again; it doubles up to the longest. */
const FIRST_RETRY_S = 0.5;
const LONGEST_RETRY_S = 60;
/** How often it is looked whether the time is known again. */
const TIME_RETRY_S = 5;

/**
 * Reads the meters of one line soon after the end of every period, and samples them in between. Lines do not wait for
 * each other; on one line a meter that fails is tried again after the others, later and later.
 */
export class LineTask {
  readonly #options: LineTaskOptions;
  readonly #retries = new Map<MeterChannel, { waitS: number; atS: number }>();
  #due = new Set<MeterChannel>();
  #duePeriod = -1;
  #sampleAtS = -Infinity;

  constructor(options: LineTaskOptions) {
    this.#options = options;
  }

  /**
   * Runs until the signal.
   * @throws StoreWriteError, after which nothing may be read any more
   */
  async run(signal: AbortSignal): Promise<void> {
    const { time, reads } = this.#options;
    const clock = time.join();
    try {
      while (!signal.aborted) {
        const nowS = clock.nowS();
        if (!this.#options.isTimeTrusted()) {
          await clock.until(nowS + TIME_RETRY_S, signal);
          continue;
        }
        const ended = reads.periodAt(nowS) - 1;
        if (ended > this.#duePeriod) this.#begin(ended);
        if (nowS > this.#latestS()) this.#giveUp();
        await this.#readDue(nowS, signal);
        await this.#sample(clock.nowS(), signal);
        await clock.until(this.#nextS(clock.nowS()), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clock.leave();
    }
  }

  /** Reads what is due from now on. */
  #begin(period: number): void {
    this.#giveUp();
    this.#duePeriod = period;
    this.#due = new Set(this.#options.channels.filter((channel) => channel.isDue(period)));
    // Whatever failed before: the end of a period is worth a try at once.
    this.#retries.clear();
  }

  /** Later, what is read is nearer to the end of the next period: it is left to that one, with its energy. */
  #latestS(): number {
    const { reads } = this.#options;
    return reads.startOf(this.#duePeriod + 1) + reads.constants.periodLength / 2;
  }

  #giveUp(): void {
    for (const { participant } of this.#due) {
      this.#options.log.warn("a period has no reading", { participant, period: this.#duePeriod });
    }
    this.#due.clear();
  }

  async #readDue(nowS: number, signal: AbortSignal): Promise<void> {
    const period = this.#duePeriod;
    const readings: NewReading[] = [];
    for (const channel of this.#ready(this.#due, nowS)) {
      if (signal.aborted) break;
      const outcome = await channel.take(period, signal);
      this.#note(channel, outcome.kind !== "failed");
      // A suspicious value is tried again too: it may be one bad read after all.
      if (outcome.kind === "accepted") {
        readings.push(...(outcome.reading === undefined ? [] : [outcome.reading]));
        this.#due.delete(channel);
      } else if (outcome.kind === "suspect") this.#note(channel, false);
    }
    // What was read counts also where the gateway is told to stop.
    if (readings.length !== 0) await this.#options.keep(readings);
  }

  async #sample(nowS: number, signal: AbortSignal): Promise<void> {
    if (nowS < this.#sampleAtS) return;
    for (const channel of this.#ready(this.#options.channels, nowS)) {
      if (signal.aborted) return;
      if (this.#due.has(channel) || channel.sampledAtS + 1 > nowS) continue;
      const outcome = await channel.take(undefined, signal);
      this.#note(channel, outcome.kind !== "failed");
    }
    this.#sampleAtS = nowS + this.#options.intervalS();
  }

  /** Those whose wait is over, the ones that failed last. */
  #ready(channels: Iterable<MeterChannel>, nowS: number): MeterChannel[] {
    const waitOf = (channel: MeterChannel) => this.#retries.get(channel)?.waitS ?? 0;
    return [...channels]
      .filter((channel) => (this.#retries.get(channel)?.atS ?? -Infinity) <= nowS)
      .sort((a, b) => waitOf(a) - waitOf(b));
  }

  #note(channel: MeterChannel, succeeded: boolean): void {
    if (succeeded) {
      this.#retries.delete(channel);
      return;
    }
    const longest = Math.min(LONGEST_RETRY_S, this.#options.reads.constants.periodLength / 4);
    const waitS = Math.min(
      2 * (this.#retries.get(channel)?.waitS ?? FIRST_RETRY_S / 2),
      Math.max(FIRST_RETRY_S, longest),
    );
    this.#retries.set(channel, { waitS, atS: this.#options.time.nowS() + waitS });
  }

  #nextS(nowS: number): number {
    const { reads } = this.#options;
    const periodEnd = reads.startOf(Math.max(this.#duePeriod + 2, reads.periodAt(nowS)));
    const retries = [...this.#due].map((channel) => this.#retries.get(channel)?.atS ?? nowS);
    return Math.min(periodEnd, this.#sampleAtS, ...retries);
  }
}
