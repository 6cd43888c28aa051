import type { RunTime } from "../../sdk/clock.ts";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import type { Log } from "../operations/log.ts";
import type { NewReading } from "../store/readings.ts";
import { Alarm } from "./alarm.ts";
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
/** Readings of one line wait so long for each other before they are kept. */
const KEEP_WITHIN_S = 1;

/**
 * Reads the meters of one line soon after the end of every period, and samples them in between. Lines do not wait for
 * each other; on one line a meter that fails is tried again after the others, later and later.
 */
export class LineTask {
  readonly #options: LineTaskOptions;
  readonly #alarm = new Alarm();
  readonly #retries = new Map<MeterChannel, { waitS: number; atS: number }>();
  /** The period that has ended last. */
  #period = -1;
  #gaveUp = true;
  #samplesSinceS = -Infinity;
  #toSample = new Set<MeterChannel>();

  constructor(options: LineTaskOptions) {
    this.#options = options;
  }

  /** Something has changed: a binding, the interval between samples or the time. */
  wake(): void {
    this.#alarm.ring();
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
        if (!this.#options.isTimeTrusted()) {
          await this.#alarm.until(clock, clock.nowS() + TIME_RETRY_S, signal);
          continue;
        }
        this.#turnTo(reads.periodAt(clock.nowS()) - 1);
        await this.#readDue(signal);
        await this.#sample(signal);
        await this.#alarm.until(clock, this.#nextS(clock.nowS()), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clock.leave();
    }
  }

  #turnTo(period: number): void {
    if (period === this.#period) return;
    this.#giveUp();
    this.#period = period;
    this.#gaveUp = false;
    // Whatever failed before: the end of a period is worth a try at once.
    this.#retries.clear();
  }

  /** Later, what is read is nearer to the end of the next period: it is left to that one, with its energy. */
  #latestS(): number {
    const { reads } = this.#options;
    return reads.startOf(this.#period + 1) + reads.constants.periodLength / 2;
  }

  /** Asked for anew each time: a binding may become known, or change, after the end of the period. */
  #due(): MeterChannel[] {
    if (this.#options.time.nowS() > this.#latestS()) return [];
    return this.#options.channels.filter((channel) => channel.isDue(this.#period));
  }

  #giveUp(): void {
    if (this.#gaveUp) return;
    this.#gaveUp = true;
    for (const channel of this.#options.channels) {
      if (!channel.isDue(this.#period)) continue;
      const { participant } = channel;
      this.#options.log.warn("a period has no reading", { participant, period: this.#period });
    }
  }

  async #readDue(signal: AbortSignal): Promise<void> {
    const { time, keep } = this.#options;
    const latestS = this.#latestS();
    let readings: NewReading[] = [];
    let keptAtS = time.nowS();
    for (const channel of this.#ready(this.#due())) {
      if (signal.aborted || time.nowS() > latestS) break;
      const outcome = await channel.take(this.#period, signal, latestS);
      const reading = outcome.kind === "accepted" ? outcome.reading : undefined;
      // A suspicious value is tried again too: it may be one bad read after all.
      this.#note(channel, reading !== undefined);
      if (reading !== undefined) readings.push(reading);
      if (readings.length === 0 || time.nowS() < keptAtS + KEEP_WITHIN_S) continue;
      await keep(readings);
      readings = [];
      keptAtS = time.nowS();
    }
    // What was read counts also where the gateway is told to stop.
    if (readings.length !== 0) await keep(readings);
    if (time.nowS() > latestS) this.#giveUp();
  }

  /** Samples all meters, unless something more urgent comes up; then the rest of them later. */
  async #sample(signal: AbortSignal): Promise<void> {
    const { time, intervalS, channels } = this.#options;
    const nowS = time.nowS();
    if (this.#toSample.size === 0) {
      const passedS = nowS - this.#samplesSinceS;
      // Less than nothing has passed where the clock was set back.
      if (passedS >= 0 && passedS < intervalS()) return;
      this.#samplesSinceS = nowS;
      this.#toSample = new Set(this.#ready(channels));
    }
    const urgentS = this.#urgentS();
    for (const channel of this.#toSample) {
      if (signal.aborted || time.nowS() >= urgentS) return;
      this.#toSample.delete(channel);
      const isDue = time.nowS() <= this.#latestS() && channel.isDue(this.#period);
      if (isDue || channel.sampledAtS + 1 > nowS) continue;
      const outcome = await channel.take(undefined, signal);
      this.#note(channel, outcome.kind !== "failed");
    }
  }

  /** Those whose wait is over, the ones that failed last. */
  #ready(channels: readonly MeterChannel[]): MeterChannel[] {
    const nowS = this.#options.time.nowS();
    const waitOf = (channel: MeterChannel) => this.#retries.get(channel)?.waitS ?? 0;
    return channels
      .filter((channel) => this.#retryOf(channel) <= nowS)
      .sort((a, b) => waitOf(a) - waitOf(b));
  }

  #retryOf(channel: MeterChannel): number {
    return this.#retries.get(channel)?.atS ?? -Infinity;
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

  /** When a period ends, or a meter that is due is to be tried again or given up. */
  #urgentS(): number {
    const periodEndS = this.#options.reads.startOf(this.#period + 2);
    const due = this.#due();
    if (due.length === 0) return periodEndS;
    const retries = due.map((channel) => this.#retryOf(channel));
    return Math.min(periodEndS, this.#latestS() + 1, ...retries);
  }

  #nextS(nowS: number): number {
    const sampleS =
      this.#toSample.size === 0 ? this.#samplesSinceS + this.#options.intervalS() : nowS;
    return Math.min(this.#urgentS(), sampleS);
  }
}
