import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import { Flow } from "../judgement/flow.ts";
import { goesOnFrom } from "../judgement/doubt.ts";
import { judge, type Counters, type JudgementContext, type Verdict } from "../judgement/judge.ts";
import { MeterError, type Meter, type MeterFailure, type MeterSample } from "../meters/meter.ts";
import type { Log } from "../operations/log.ts";
import type { LiveSample, MeterStatus } from "../operations/gatewayView.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { Evidence, QuarantineEntry, Suspicion } from "../store/quarantine.ts";
import type { NewReading } from "../store/readings.ts";
import type { Binding, ChainFollower } from "./chainFollower.ts";
import { Suspicions } from "./suspicions.ts";

export interface MeterChannelOptions {
  participant: number;
  meter: Meter;
  /** The name of its profile. */
  profile: string;
  /** Where the device's counters begin again at 0; some tell it with the first read. */
  counterWrapWh: () => bigint | undefined;
  /** The least by which they move; some tell it with the first read. */
  resolutionWh: () => number;
  /** What the device must answer; undefined: what the market has bound; false: anything. */
  serialNumber: string | false | undefined;
  /** Tries in a row where a value is suspicious: it may be one bad read. */
  attempts: number;
  /** The gateway's address: meters of other gateways are not read. */
  gateway: string;
  follower: ChainFollower;
  store: GatewayStore;
  /** Makes changes of the store, together with those of others; resolves when they are durable. */
  change: (work: () => void) => Promise<void>;
  nowS: () => number;
  /** Told of every read when it is judged, with counters only where they are believed. */
  onSample?: (participant: number, sample: LiveSample) => void;
  log: Log;
}

/** What came of reading a meter. */
export type TakeOutcome =
  { kind: "accepted"; reading: NewReading | undefined } | { kind: "suspect" } | { kind: "failed" };

/** What a meter of one binding is judged by. */
interface Believed {
  meterId: number;
  lastSample: Counters & { atS: number };
  lastReading: Counters & { period: number };
  isFirst: boolean;
  /** The latest period whose reading was left to the next, since a step was too large for it. */
  aheadIn: number;
}

/** Not a rule of judgement: the device itself says that there is no value. */
const ABSENT = "absent";
/** Between tries in a row. */
const PAUSE_MS = 100;

/** One meter: how it is read and judged, and what of it is believed. */
export class MeterChannel {
  readonly #options: MeterChannelOptions;
  readonly #flow = new Flow();
  #believed: Believed | undefined;
  #resolved: Promise<void> = Promise.resolve();
  #lastSample: MeterStatus["lastSample"];
  #accepted: MeterStatus["accepted"];
  #failure: MeterStatus["failure"];
  /** When it was sampled last, in unix seconds. */
  sampledAtS = -Infinity;
  readonly #suspicions: Suspicions;
  readonly counts = { taken: 0, failed: new Map<MeterFailure, number>() };

  constructor(options: MeterChannelOptions) {
    this.#options = options;
    this.#suspicions = new Suspicions(options);
  }

  get participant(): number {
    return this.#options.participant;
  }

  get meter(): Meter {
    return this.#options.meter;
  }

  get counterWrapWh(): bigint | undefined {
    return this.#options.counterWrapWh();
  }

  /** True where the market has bound the meter to this gateway. */
  get isBound(): boolean {
    return this.#binding() !== undefined;
  }

  status(): MeterStatus {
    const { participant, meter, profile, store } = this.#options;
    const meterId = this.#binding()?.meterId;
    const latest =
      meterId === undefined ? undefined : store.readings.latestOf(participant, meterId);
    return {
      participant,
      meterId,
      where: meter.where,
      profile,
      state:
        this.#failure !== undefined ? "failing" : this.#lastSample === undefined ? "waiting" : "up",
      lastSample: this.#lastSample,
      accepted: this.#accepted,
      lastReadingPeriod: latest?.period,
      failure: this.#failure,
    };
  }

  /** True where the end of a period wants a reading of this meter. */
  isDue(period: number): boolean {
    const binding = this.#binding();
    if (binding === undefined || binding.boundIn >= period) return false;
    const { lastReading, aheadIn } = this.#believe(binding);
    return lastReading.period < period && aheadIn < period;
  }

  /**
   * Reads the meter and judges what it shows.
   * @param period the period that has just ended; undefined for a sample in between
   * @param untilS what is read later is a sample and no reading, in unix seconds
   */
  async take(
    period: number | undefined,
    signal: AbortSignal,
    untilS = Infinity,
  ): Promise<TakeOutcome> {
    const binding = this.#binding();
    if (binding !== undefined) this.#believe(binding);
    await this.#resolved;
    let verdict: Exclude<Verdict, { kind: "accept" }> | undefined;
    let sample: MeterSample | undefined;
    let absent: MeterError | undefined;
    for (let attempt = 0; attempt < this.#attempts(binding); ++attempt) {
      if (attempt > 0) await pause(PAUSE_MS, signal);
      try {
        sample = await this.#options.meter.read(signal);
        absent = undefined;
      } catch (error) {
        if (signal.aborted) return { kind: "failed" };
        const { failure } = this.#fail(error);
        if (!(error instanceof MeterError) || failure !== "absent") return { kind: "failed" };
        absent = error;
        continue;
      }
      const atS = this.#options.nowS();
      this.#noteSample(sample, atS);
      // Whose value it is nobody can tell where the meter was bound anew meanwhile.
      if (this.#binding()?.meterId !== binding?.meterId) return { kind: "failed" };
      if (binding === undefined) {
        this.#tell(undefined);
        return { kind: "accepted", reading: undefined };
      }
      const readFor = atS <= untilS ? period : undefined;
      const judged = this.#judge(binding, sample, atS, readFor);
      if (judged.kind === "accept")
        return await this.#accept(binding, sample, judged, atS, readFor);
      if (judged.code === "stuck") this.#flow.note(publishedBy(judged, sample), atS);
      verdict = judged;
    }
    if (sample !== undefined) this.#tell(undefined);
    if (binding !== undefined && absent !== undefined && period !== undefined) {
      await this.#quarantineAbsent(binding, absent, period);
    } else if (binding !== undefined && verdict !== undefined && sample !== undefined) {
      await this.#quarantine(binding, sample, verdict, period);
    }
    return verdict === undefined ? { kind: "failed" } : { kind: "suspect" };
  }

  /**
   * Believes the latest evidence of an entry, as an operator has ordered.
   * @param offset what is published is the device's counters and this
   */
  release({ meterId, latest }: QuarantineEntry, offset: Counters): void {
    this.#suspicions.release(meterId);
    const binding = this.#binding();
    const { importWh, exportWh, atMs, activePowerW } = latest;
    if (binding?.meterId !== meterId || importWh === undefined || exportWh === undefined) return;
    const counters = {
      importWh: importWh + offset.importWh,
      exportWh: exportWh + offset.exportWh,
    };
    this.#believe(binding).lastSample = { ...counters, atS: atMs / 1000 };
    this.#flow.reset();
    this.#flow.note({ ...counters, activePowerW }, atMs / 1000);
  }

  /** Goes on doubting what goes on from an entry that an operator has rejected. */
  reject({ meterId, code }: QuarantineEntry): void {
    this.#suspicions.reject(meterId, code);
  }

  // ---------------------------------------------------------------- belief

  #binding(): Binding | undefined {
    const { follower, participant, gateway } = this.#options;
    const binding = follower.bindingOf(participant);
    return binding?.gateway.toLowerCase() === gateway.toLowerCase() ? binding : undefined;
  }

  /** What a binding is judged by: the store's latest reading or the chain's, whichever is later. */
  #believe(binding: Binding): Believed {
    const { participant, store, follower } = this.#options;
    const { meterId, hasReading } = binding;
    if (this.#believed?.meterId === meterId) return this.#believed;
    // What it throws, the next read throws.
    this.#resolved = this.#suspicions.resolveBefore(meterId, "the meter was bound anew");
    this.#resolved.catch(() => undefined);
    this.#flow.reset();
    const { reads } = follower;
    const stored = store.readings.latestOf(participant, meterId);
    const counters = ({ importWh, exportWh }: Counters): Counters => ({ importWh, exportWh });
    if (stored !== undefined && stored.period >= binding.period) {
      this.#believed = {
        meterId,
        lastSample: { ...counters(stored), atS: stored.readAtMs / 1000 },
        lastReading: { ...counters(stored), period: stored.period },
        isFirst: false,
        aheadIn: -1,
      };
    } else {
      const atS = hasReading ? reads.startOf(binding.period + 1) : binding.boundAtS;
      this.#believed = {
        meterId,
        lastSample: { ...counters(binding), atS },
        lastReading: { ...counters(binding), period: binding.period },
        isFirst: !hasReading,
        aheadIn: -1,
      };
    }
    return this.#believed;
  }

  #judge(binding: Binding, sample: MeterSample, atS: number, period: number | undefined): Verdict {
    const { resolutionWh, follower } = this.#options;
    const { lastSample, lastReading, isFirst } = this.#believe(binding);
    const offset = this.#offset(binding.meterId);
    const published = {
      importWh: sample.importWh + offset.importWh,
      exportWh: sample.exportWh + offset.exportWh,
    };
    const context: JudgementContext = {
      lastSample,
      lastReading,
      isFirst,
      atS,
      period,
      periodLengthS: periodLengthOf(follower.reads),
      ratedPowerW: binding.ratedPowerW,
      offset,
      serialNumber: this.#serialNumber(binding),
      counterWrapWh: this.counterWrapWh,
      resolutionWh: resolutionWh(),
      unmoved: this.#flow.unmovedAt({ ...published, activePowerW: sample.activePowerW }, atS),
    };
    const verdict = judge(sample, context);
    return verdict.kind === "accept" ? this.#doubt(sample, verdict, context) : verdict;
  }

  /** What goes on from a suspicious value is still suspicious, however plausible time has made it. */
  #doubt(
    sample: MeterSample,
    accepted: Extract<Verdict, { kind: "accept" }>,
    context: JudgementContext,
  ): Verdict {
    const { importWh, exportWh } = accepted;
    const entry = this.#suspicions
      .of(this.#believed!.meterId)
      .find((open) => goesOnFrom(open, sample, context));
    if (entry === undefined) return accepted;
    return {
      kind: "suspect",
      code: entry.code as Extract<Verdict, { kind: "suspect" }>["code"],
      explanation: entry.explanation,
      suggestion: entry.suggestion as Extract<Verdict, { kind: "suspect" }>["suggestion"],
      published: { importWh, exportWh },
    };
  }

  #serialNumber({ serial, meterId }: Binding): string | undefined {
    const { serialNumber, store, participant } = this.#options;
    if (serialNumber === false) return undefined;
    return store.offsets.of(participant, meterId)?.serialNumber ?? serialNumber ?? serial;
  }

  #offset(meterId: number): Counters {
    const { store, participant } = this.#options;
    const stored = store.offsets.of(participant, meterId);
    return { importWh: stored?.importOffsetWh ?? 0n, exportWh: stored?.exportOffsetWh ?? 0n };
  }

  // ---------------------------------------------------------------- outcomes

  async #accept(
    binding: Binding,
    sample: MeterSample,
    { importWh, exportWh, isAhead }: Extract<Verdict, { kind: "accept" }>,
    atS: number,
    period: number | undefined,
  ): Promise<TakeOutcome> {
    const believed = this.#believe(binding);
    const { participant, log } = this.#options;
    const { meterId } = binding;
    await this.#suspicions.resolve(meterId, "a later sample is plausible");
    believed.lastSample = { importWh, exportWh, atS };
    this.#flow.note({ importWh, exportWh, activePowerW: sample.activePowerW }, atS);
    this.#accepted = { importWh: sample.importWh, exportWh: sample.exportWh };
    this.#tell(this.#accepted);
    if (period === undefined) return { kind: "accepted", reading: undefined };
    if (isAhead === true) {
      believed.aheadIn = period;
      log.info("a step of the counter is too large for the period: the next reading has it", {
        participant,
        period,
      });
      return { kind: "accepted", reading: undefined };
    }
    believed.lastReading = { importWh, exportWh, period };
    believed.isFirst = false;
    const { raw } = sample;
    const readAtMs = Math.floor(atS * 1000);
    return {
      kind: "accepted",
      reading: { participant, meterId, period, importWh, exportWh, raw, readAtMs },
    };
  }

  #noteSample(sample: MeterSample, atS: number): void {
    const { importWh, exportWh, activePowerW, serialNumber } = sample;
    this.#lastSample = { atS, importWh, exportWh, activePowerW, serialNumber };
    this.sampledAtS = atS;
    ++this.counts.taken;
    this.#recover();
  }

  #tell(accepted: Counters | undefined): void {
    const { importWh, exportWh } = accepted ?? {};
    this.#options.onSample?.(this.participant, { ...this.#lastSample!, importWh, exportWh });
  }

  #fail(error: unknown): { failure: MeterFailure } {
    const { log, participant, meter, nowS } = this.#options;
    if (!(error instanceof MeterError)) {
      // One meter whose answer nobody has foreseen must not end the reading of all others.
      log.error("a driver failed", { participant, where: meter.where, problem: stackOf(error) });
    }
    const { failure, shortMessage, hex } =
      error instanceof MeterError ? error : new MeterError("malformed", String(error));
    this.counts.failed.set(failure, (this.counts.failed.get(failure) ?? 0) + 1);
    this.#failure = {
      failure,
      message: shortMessage,
      sinceS: this.#failure?.sinceS ?? nowS(),
    };
    log.warn(
      "a meter cannot be read",
      {
        participant,
        where: meter.where,
        failure,
        problem: shortMessage,
        ...(hex === undefined ? {} : { hex }),
      },
      { repeatKey: `read ${participant}` },
    );
    return { failure };
  }

  #recover(): void {
    const { log, participant, meter } = this.#options;
    if (this.#failure === undefined) return;
    log.endRepeats(`read ${participant}`);
    log.info("a meter is read again", { participant, where: meter.where });
    this.#failure = undefined;
  }

  #quarantine(
    { meterId }: Binding,
    sample: MeterSample,
    { code, explanation, suggestion }: Exclude<Verdict, { kind: "accept" }>,
    period: number | undefined,
  ): Promise<void> {
    const { importWh, exportWh, activePowerW, serialNumber, raw, frames = [] } = sample;
    const evidence = { importWh, exportWh, activePowerW, serialNumber, raw, frames };
    return this.#report({ meterId, code, explanation, suggestion }, evidence, period);
  }

  #quarantineAbsent({ meterId }: Binding, error: MeterError, period: number): Promise<void> {
    const { shortMessage, hex, raw } = error;
    // Reasons are parts of sentences.
    const explanation = shortMessage.replace(/\.$/, "");
    const frames = error.frames.length === 0 && hex !== undefined ? [hex] : error.frames;
    return this.#report(
      { meterId, code: ABSENT, explanation, suggestion: "rebind" },
      { ...NO_VALUES, raw, frames },
      period,
    );
  }

  #report(
    what: Pick<Suspicion, "meterId" | "code" | "explanation" | "suggestion">,
    evidence: Omit<Evidence, "atMs">,
    period: number | undefined,
  ): Promise<void> {
    const { nowS, follower } = this.#options;
    const { importWh, exportWh } = this.#believed?.lastSample ?? {};
    return this.#suspicions.report({
      ...what,
      period: period ?? follower.reads.periodAt(nowS()),
      published:
        importWh === undefined || exportWh === undefined ? undefined : { importWh, exportWh },
      evidence: { ...evidence, atMs: Math.floor(nowS() * 1000) },
    });
  }

  /** Where it is known to be suspicious, one read tells as much as several. */
  #attempts(binding: Binding | undefined): number {
    const isKnown = binding !== undefined && this.#suspicions.of(binding.meterId).length !== 0;
    return isKnown ? 1 : this.#options.attempts;
  }
}

const NO_VALUES = {
  importWh: undefined,
  exportWh: undefined,
  activePowerW: undefined,
  serialNumber: undefined,
};

const publishedBy = (
  { published }: Exclude<Verdict, { kind: "accept" }>,
  { activePowerW }: MeterSample,
) => ({ ...published, activePowerW });

const stackOf = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const periodLengthOf = ({ constants }: MarketReads) => constants.periodLength;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    }
    signal.addEventListener("abort", finish, { once: true });
  });
}
