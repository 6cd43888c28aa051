import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { ModbusRTU } from "modbus-serial/ModbusRTU.js";
import type { LineProtocol } from "../config/config.ts";
import { closeStream, describePort, openStream, type BytePort } from "../meters/byteStream.ts";
import { MeterError, type Line, type Meter } from "../meters/meter.ts";
import type { ReadRecord } from "../meters/readRecord.ts";
import type { ModbusProfile } from "../profiles/deviceProfile.ts";
import { FramePort } from "./framePort.ts";
import type { Framing } from "./framing.ts";
import { MbapFraming } from "./mbapFraming.ts";
import { clientOn, send } from "./modbusClient.ts";
import { modbusFailure, ModbusException, ReplyTimeoutError } from "./modbusFailure.ts";
import { modbusMeter } from "./modbusMeter.ts";
import { describeRequest, type ModbusRequest } from "./modbusRequest.ts";
import { RtuFraming } from "./rtuFraming.ts";

export interface ModbusLineOptions {
  protocol: Exclude<LineProtocol, "dlt645">;
  port: BytePort;
  /** From a request's first byte to its answer's last. */
  replyTimeoutMs?: number;
  connectTimeoutMs?: number;
  /** Silence on a bus after a request that was not answered, so that a late answer is over before the next. */
  quietMs?: number;
  /** Silence on a bus between two requests. */
  gapMs?: number;
}

/** Asks one unit one thing; the line is held for it. */
export type Ask = (request: ModbusRequest) => Promise<Buffer>;

/** What is done with a unit while no other is asked. */
export interface ModbusTask {
  unit: number;
  /** Silence that the device needs where another unit was asked before. */
  pauseMs?: number;
  signal?: AbortSignal | undefined;
  /** Notes what goes over the line. */
  record?: ReadRecord;
}

const DEFAULTS = { replyTimeoutMs: 1_500, connectTimeoutMs: 3_000, quietMs: 500, gapMs: 20 };
/** The most that a line waits at the end of a task for an answer too many, where all went well before. */
const LAST_SILENCE_MS = 300;

/**
 * A Modbus TCP connection, or an RTU bus on a serial port or behind a TCP connection, with the units on it. One request
 * at a time. It opens at the first request and again at the first after it broke; when to try again is the caller's.
 *
 * RTU answers do not say which request they answer. Three guards keep one from being taken for another's: an answer must
 * have the unit, function, length and checksum that are due; before a request the bus has been silent, and longer after
 * one that was not answered; and a task fails as a whole where a frame of the unit comes in that it was not asked for.
 * A late or doubled answer that is taken for the next one's leaves that one over, at the latest at the task's end.
 */
export class ModbusLine implements Line {
  readonly #options: ModbusLineOptions & typeof DEFAULTS;
  // One for all connections, so that a request's number is not used again on the next of them.
  readonly #framing: Framing;
  #connection: { stream: Duplex; port: FramePort; client: ModbusRTU } | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Units that may still answer a request that was given up. */
  readonly #owing = new Set<number>();
  /** Of each unit the longest time that it took to answer. */
  readonly #slowestMs = new Map<number, number>();
  #quietUntil = 0;
  #lastUnit: number | undefined;
  #lastPauseMs = 0;

  constructor(options: ModbusLineOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#framing = options.protocol === "modbus-tcp" ? new MbapFraming() : new RtuFraming();
  }

  /** Where a unit is, for messages. */
  where(unit: number): string {
    return `${describePort(this.#options.port)} unit ${unit}`;
  }

  /** A meter on the line. */
  meter(profile: ModbusProfile, unit: number): Meter {
    return modbusMeter(this, profile, unit);
  }

  /**
   * Holds the line for a task, whose requests follow one another without another's between them.
   * @throws MeterError also where the task's answers came with others that nobody had asked for
   */
  run<T>(task: ModbusTask, work: (ask: Ask) => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => this.#run(task, work));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** True or false once an answer has shown whether the adapter hears what it sends itself. */
  get echoes(): boolean | undefined {
    return this.#options.protocol === "modbus-tcp" ? false : this.#connection?.port.echoes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  async #run<T>(task: ModbusTask, work: (ask: Ask) => Promise<T>): Promise<T> {
    const { unit } = task;
    await this.#begin(task);
    const result = await work((request) => this.#ask(task, request)).catch((error: unknown) => {
      // A refusal ends the task at once; a second answer to a request before it may still be on its way.
      this.#quietUntil = performance.now() + this.#options.quietMs;
      throw error;
    });
    if (this.#isBus) await this.#silence(unit, this.#lastSilenceMs(unit), "refuse");
    this.#owing.delete(unit);
    return result;
  }

  /** As long as the unit's answer to the last request may take, where another's was taken for it. */
  #lastSilenceMs(unit: number): number {
    const { replyTimeoutMs, gapMs } = this.#options;
    if (this.#owing.has(unit)) return replyTimeoutMs;
    return Math.max(gapMs, Math.min(LAST_SILENCE_MS, 2 * (this.#slowestMs.get(unit) ?? 0)));
  }

  get #isBus(): boolean {
    return this.#options.protocol !== "modbus-tcp";
  }

  async #begin({ unit, pauseMs = 0, signal }: ModbusTask): Promise<void> {
    signal?.throwIfAborted();
    await this.#connected(signal);
    if (this.#lastUnit !== undefined && this.#lastUnit !== unit)
      await pause(Math.max(pauseMs, this.#lastPauseMs));
    this.#lastUnit = unit;
    this.#lastPauseMs = pauseMs;
    if (this.#isBus) await this.#silence(unit, this.#options.gapMs, "pass over");
  }

  async #ask({ unit, signal, record }: ModbusTask, request: ModbusRequest): Promise<Buffer> {
    signal?.throwIfAborted();
    const { port, client } = await this.#connected(signal);
    if (this.#isBus) await this.#silence(unit, this.#options.gapMs, "refuse");
    const begunAt = performance.now();
    let onAbort: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      const failed = new Promise<never>((_, reject) => {
        port.expect(reject);
        // Where this process was busy, the answer may lie unread in the socket: it is read before the immediate.
        const giveUp = () => setImmediate(() => reject(new ReplyTimeoutError()));
        timer = setTimeout(giveUp, this.#options.replyTimeoutMs);
        onAbort = () => reject(signal!.reason as Error);
        signal?.addEventListener("abort", onAbort, { once: true });
      });
      const answer = await Promise.race([send(client, unit, request), failed]);
      const tookMs = performance.now() - begunAt;
      this.#slowestMs.set(unit, Math.max(tookMs, this.#slowestMs.get(unit) ?? 0));
      return answer;
    } catch (error) {
      const what = describeRequest(request);
      const failure = modbusFailure(this.where(unit), what, error, port.settle());
      if (!(failure instanceof ModbusException)) await this.#giveUp(unit);
      throw signal?.aborted === true ? signal.reason : failure;
    } finally {
      clearTimeout(timer);
      const { bytes } = port.settle();
      record?.note("sent", port.sent);
      record?.note("received", bytes);
      if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Leaves the line such that what still comes in harms nobody. */
  async #giveUp(unit: number): Promise<void> {
    this.#owing.add(unit);
    this.#quietUntil = performance.now() + this.#options.quietMs;
    // On a connection that is gone nothing comes late, and a half-open one is found out. A serial port stays.
    if (this.#options.port.kind === "tcp") await this.#drop();
  }

  /** Waits for silence on a bus, and refuses or passes over what comes from a unit that was not asked. */
  async #silence(unit: number, ms: number, surplus: "refuse" | "pass over"): Promise<void> {
    const port = this.#connection?.port;
    if (port === undefined) return;
    const strays = await port.silence(ms, this.#quietUntil).catch((error: unknown) => {
      throw new MeterError("malformed", `${this.where(unit)} cannot be asked: the line is noisy.`, {
        cause: error,
        metaMessages: ["Check the line's settings, its ends and whether it has another master."],
      });
    });
    const stray = strays.find(({ frame }) => frame[0] === unit);
    if (stray === undefined || surplus === "pass over") return;
    this.#owing.add(unit);
    this.#quietUntil = performance.now() + this.#options.quietMs;
    throw new MeterError(
      "malformed",
      `${this.where(unit)} answered more than it was asked, so that no answer of this read can be trusted.`,
      { hex: stray.frame.toString("hex") },
    );
  }

  async #connected(signal: AbortSignal | undefined) {
    if (this.#isClosed()) throw this.#closedError();
    if (this.#connection?.port.isOpen === true) return this.#connection;
    await this.#drop();
    const { port: bytePort, connectTimeoutMs } = this.#options;
    const stream = await openStream(bytePort, { timeoutMs: connectTimeoutMs, signal });
    // It may have been closed meanwhile.
    if (this.#isClosed()) {
      await closeStream(stream);
      throw this.#closedError();
    }
    const port = new FramePort(stream, this.#framing);
    this.#connection = { stream, port, client: clientOn(port) };
    return this.#connection;
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #closedError(): MeterError {
    return new MeterError("unreachable", `${describePort(this.#options.port)} was closed.`);
  }

  async #drop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    connection.port.end();
    // The library's own `close` waits for the other side and may never call back.
    connection.client.destroy(() => undefined);
    await closeStream(connection.stream);
  }
}
