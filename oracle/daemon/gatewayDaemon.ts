import type { Wallet } from "ethers";
import type { RunTime } from "../../sdk/clock.ts";
import { BaseError } from "../../sdk/errors.ts";
import type { LineConfig } from "../config/config.ts";
import type { ClockWatch } from "../judgement/clockWatch.ts";
import type { OpenedLine } from "../meters/openLine.ts";
import type {
  CommandResult,
  GatewayStatus,
  GatewayView,
  LiveSample,
  Readiness,
} from "../operations/gatewayView.ts";
import type { Log } from "../operations/log.ts";
import type { Endpoints } from "../sending/endpoints.ts";
import { TransactionManager } from "../sending/transactionManager.ts";
import type { SendingEvent } from "../sending/sendingEvent.ts";
import { StoreDamagedError, StoreWriteError } from "../store/errors.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { ChainFollower } from "./chainFollower.ts";
import { Delivery } from "./delivery.ts";
import { GroupCommit } from "./groupCommit.ts";
import { LineTask } from "./lineTask.ts";
import { MeterChannel } from "./meterChannel.ts";
import { obeyCommand } from "./obeyCommand.ts";
import { statusOf } from "./statusOf.ts";

export interface GatewayDaemonOptions {
  store: GatewayStore;
  /** The path of the store, to be shown. */
  storePath: string;
  /** The gateway's key: it signs readings and pays for its transactions. */
  signer: Wallet;
  endpoints: Endpoints;
  follower: ChainFollower;
  lines: readonly OpenedLine[];
  /** Addresses whose signed commands are obeyed. */
  operators: readonly string[];
  /** Seconds between samples, where the market's operator has set none for all gateways. */
  intervalS: number;
  /** Tries in a row where a value is suspicious. */
  attempts: number;
  confirmations: number;
  maxFeePerGas: bigint;
  /** Seconds between looks at the chain. */
  pollS: number;
  /** Final and refused readings are deleted when they are older; never unless given. */
  keepDays?: number;
  time: RunTime;
  /** Tells whether the time can be believed; it always is unless given. */
  watch?: ClockWatch;
  /** Takes secrets out of what nodes say. */
  redact?: (text: string) => string;
  /** Told of every read of a meter, when it is judged. */
  onSample?: (participant: number, sample: LiveSample) => void;
  /** Told how many seconds a write to the store took. */
  onStoreWrite?: (durationS: number) => void;
  log: Log;
  version: string;
}

const DAY_S = 86_400;
/** The first wait after a failed look at the chain; it doubles up to the longest. */
const FIRST_RETRY_S = 0.5;
const LONGEST_RETRY_S = 30;
/** A block that is older is not of now, and how long it takes to see at which pace blocks come. */
const OLD_BLOCK_S = 60;
const PACE_S = 90;

/** A gateway at work: it reads its meters, judges, stores, signs and reports their readings. */
export class GatewayDaemon implements GatewayView {
  readonly #options: GatewayDaemonOptions;
  readonly #channels: readonly MeterChannel[];
  readonly #tasks: readonly LineTask[];
  readonly #manager: TransactionManager;
  readonly #delivery: Delivery;
  readonly #switchable: ReadonlySet<number>;
  readonly #startedAtS: number;
  #chainFailure: string | undefined;
  /** Whether the chain was asked for the time: until then a clock that a power cut set back would be believed. */
  #hasAsked = false;
  #askedSinceS: number | undefined;
  #prunedAtS = -Infinity;

  constructor(options: GatewayDaemonOptions) {
    const { store, signer, endpoints, follower, lines, time, log } = options;
    this.#options = options;
    this.#startedAtS = time.nowS();
    const nowS = () => time.nowS();
    const commit = new GroupCommit<() => void>((changes) => {
      const startedMs = performance.now();
      store.transaction(() => {
        for (const change of changes) change();
      });
      options.onStoreWrite?.((performance.now() - startedMs) / 1000);
    });
    const change = (work: () => void) => commit.add([work]);
    const groups = lines.map(({ meters }) =>
      meters.map(
        ({ config, meter, counterWrapWh, resolutionWh }) =>
          new MeterChannel({
            participant: config.participant,
            meter,
            profile: config.profile,
            counterWrapWh,
            resolutionWh,
            serialNumber: config.serialNumber,
            attempts: options.attempts,
            gateway: signer.address,
            follower,
            store,
            change,
            nowS,
            ...(options.onSample === undefined ? {} : { onSample: options.onSample }),
            log,
          }),
      ),
    );
    this.#channels = groups.flat();
    this.#switchable = new Set(
      lines
        .flatMap(({ config }: { config: LineConfig }) => config.meters)
        .filter(({ switchable }) => switchable)
        .map(({ participant }) => participant),
    );
    this.#tasks = groups.map(
      (channels) =>
        new LineTask({
          channels,
          reads: follower.reads,
          time,
          intervalS: () => this.intervalS,
          keep: async (readings) => {
            await change(() => store.readings.storeRead(readings));
            this.#delivery.wake();
          },
          isTimeTrusted: () =>
            options.watch === undefined || (this.#hasAsked && options.watch.trusted),
          log,
        }),
    );
    this.#manager = new TransactionManager({
      endpoints,
      store: store.transactions,
      signer,
      clock: { nowS },
      market: follower.reads.addresses.market,
      onEvent: (event) => {
        this.#noteSending(event);
      },
      maxFeePerGas: options.maxFeePerGas,
      confirmations: options.confirmations,
    });
    this.#delivery = new Delivery({
      store,
      signer,
      manager: this.#manager,
      follower,
      time,
      pollS: options.pollS,
      log,
    });
  }

  /**
   * Runs until the signal.
   * @throws StoreWriteError, StoreDamagedError, after which nothing may be read or signed any more
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#reportInterrupted();
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const tasks = [
      this.#follow(both),
      this.#delivery.run(both),
      ...this.#tasks.map((task) => task.run(both)),
    ].map((task) =>
      task.catch((error: unknown) => {
        // One that fails ends the others: a store that takes no writes is the end of all.
        failed.abort(error);
        throw error;
      }),
    );
    const results = await Promise.allSettled(tasks);
    await Promise.all(this.#options.lines.map(({ line }) => line.close()));
    const failure = results.find((result) => result.status === "rejected");
    if (failure !== undefined && !signal.aborted) throw failure.reason;
  }

  /** Seconds between samples: as the market's operator has set for all gateways, or as configured. */
  get intervalS(): number {
    const { follower, intervalS } = this.#options;
    return follower.readingIntervalS || intervalS;
  }

  status(): GatewayStatus {
    const { options, manager, channels } = {
      options: this.#options,
      manager: this.#manager,
      channels: this.#channels,
    };
    return statusOf({
      ...options,
      sending: manager.status(),
      channels,
      refusals: this.#delivery.refusals,
      startedAtS: this.#startedAtS,
      nowS: options.time.nowS(),
    });
  }

  readiness(): Readiness {
    const { store, follower, watch } = this.#options;
    const { stopped } = this.#manager.status();
    const reasons = [
      ...(store.fault === undefined ? [] : [store.fault.shortMessage]),
      ...(watch?.trusted === false ? [watch.reason ?? "The time is not known."] : []),
      ...(follower.head === undefined ? ["The chain has not been reached yet."] : []),
      ...(this.#chainFailure === undefined ? [] : [this.#chainFailure]),
      ...(follower.head !== undefined && this.#channels.every(({ isBound }) => !isBound)
        ? [`No meter is bound to this gateway, ${this.#options.signer.address}.`]
        : []),
      ...(stopped === undefined ? [] : [stopped.shortMessage]),
      ...(this.#delivery.failure === undefined ? [] : [this.#delivery.failure]),
    ];
    const { redact = String } = this.#options;
    return { ready: reasons.length === 0, reasons: [...new Set(reasons)].map(redact) };
  }

  command(signed: unknown): Promise<CommandResult> {
    const { store, follower, operators, signer, time } = this.#options;
    return obeyCommand(signed, {
      store,
      domain: follower.reads.constants.typedDomain,
      operators,
      gateway: signer.address,
      nowS: () => time.nowS(),
      channelOf: (participant) =>
        this.#channels.find((channel) => channel.participant === participant),
      switchable: this.#switchable,
    });
  }

  /** Looks at the chain again and again: bindings, rules, reading interval. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { follower, time, pollS, log } = this.#options;
    const clock = time.join();
    let retryS = FIRST_RETRY_S;
    try {
      while (!signal.aborted) {
        let waitS = pollS;
        try {
          const isFirst = follower.head === undefined;
          const { rebound, rulesChanged, intervalChanged } = await follower.look({
            signal,
            onHead: ({ timestampS }) => {
              this.#noteTime(timestampS);
            },
          });
          if (this.#chainFailure !== undefined) log.endRepeats("chain");
          this.#chainFailure = undefined;
          retryS = FIRST_RETRY_S;
          if (rebound.length > 0 || intervalChanged) this.#wakeLines();
          if (!isFirst && rebound.length > 0)
            log.info("meters were bound anew", { participants: rebound });
          if (!isFirst && rulesChanged) log.info("the market's rules change");
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof StoreWriteError || error instanceof StoreDamagedError) throw error;
          const message = error instanceof BaseError ? error.shortMessage : String(error);
          log.warn("the chain cannot be followed", { problem: message }, { repeatKey: "chain" });
          this.#chainFailure = message;
          waitS = retryS;
          retryS = Math.min(2 * retryS, LONGEST_RETRY_S);
          this.#goByClock(this.#askedSinceS === undefined ? 0 : Infinity);
        }
        this.#prune(clock.nowS());
        await clock.until(clock.nowS() + waitS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clock.leave();
    }
  }

  #noteTime(blockTimestampS: number): void {
    const { watch, log } = this.#options;
    if (watch === undefined) return;
    const before = { trusted: watch.trusted, atS: watch.nowS() };
    watch.observe({ blockTimestampS });
    const { reason } = watch;
    if (reason === undefined) log.endRepeats("clock");
    else log.warn("the clock is not right", { problem: reason }, { repeatKey: "clock" });
    const isOther = watch.trusted !== before.trusted || Math.abs(watch.nowS() - before.atS) > 1;
    if (isOther) this.#wakeLines();
    this.#goByClock(watch.nowS() - blockTimestampS);
  }

  /** The chain was asked for the time, and has said it or nothing. */
  #goByClock(blockAgeS: number): void {
    if (this.#hasAsked) return;
    const nowS = this.#options.time.nowS();
    this.#askedSinceS ??= nowS;
    // Either the chain stands still or the machine's clock is ahead; which of them its pace tells, if it has one.
    if (blockAgeS > OLD_BLOCK_S && nowS < this.#askedSinceS + PACE_S) return;
    this.#hasAsked = true;
    this.#wakeLines();
  }

  /** What the lines wait for may have changed. */
  #wakeLines(): void {
    for (const task of this.#tasks) task.wake();
  }

  #prune(nowS: number): void {
    const { store, keepDays, log } = this.#options;
    if (keepDays === undefined || nowS < this.#prunedAtS + DAY_S / 24) return;
    // A part at a time, so that nothing else waits for long.
    const deleted = store.prune(keepDays * DAY_S * 1000);
    if (deleted > 0) log.info("old readings were deleted", { readings: deleted, keepDays });
    else this.#prunedAtS = nowS;
  }

  /** A process that died between recording a command and obeying it leaves nobody to say what came of it. */
  #reportInterrupted(): void {
    const { store, log } = this.#options;
    for (const { id, kind, signer } of store.commands.unfinished()) {
      store.commands.conclude(id, JSON.stringify({ failure: "the gateway ended meanwhile" }));
      log.warn("a command was interrupted: look what came of it, and sign it anew", {
        command: id,
        kind,
        operator: signer,
      });
    }
  }

  #noteSending(event: SendingEvent): void {
    const { log } = this.#options;
    const { id, nonce } = event.transaction;
    const fields = { transaction: id, nonce };
    switch (event.type) {
      case "included":
      case "final":
        log.debug(`a transaction is ${event.type}`, { ...fields, hash: event.receipt.hash });
        break;
      case "reorganised":
        log.warn("a transaction's block is gone: it is sent again", fields);
        break;
      case "reverted":
        this.#delivery.rest();
        log.error("a transaction reverted", { ...fields, reason: event.reason });
        break;
      case "abandoned":
        this.#delivery.rest();
        log.warn("a transaction is given up: its readings are sent anew", {
          ...fields,
          reason: event.reason,
        });
        break;
      case "replaced":
        log.info("a transaction waits for too long and is offered with a higher fee", {
          ...fields,
          maxFeePerGas: event.attempt.maxFeePerGas,
        });
        break;
      case "capped":
        log.warn(
          "a transaction waits for too long, and maxFeePerGas allows no higher fee",
          fields,
          {
            repeatKey: `capped ${id}`,
          },
        );
        break;
      case "filled":
        log.info("a nonce that nobody uses is taken by a transfer of nothing", fields);
    }
  }
}
