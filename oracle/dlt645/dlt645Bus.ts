import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";
import type { Duplex } from "node:stream";
import {
  type BytePort,
  closeStream,
  describePort,
  openStream,
  unreachable,
} from "../meters/byteStream.ts";
import { MeterError } from "../meters/meter.ts";
import type { ReadRecord } from "../meters/readRecord.ts";
import { encodeFrame, showHex, type Dlt645Frame } from "./frame.ts";
import type { ReceivedFrame } from "./frameStream.ts";
import { Listening, type Heard } from "./listening.ts";

export interface Dlt645BusOptions {
  port: BytePort;
  /** Without an answer for this long a request has failed. A meter begins to answer within 0.5 s. */
  replyTimeoutMs?: number;
  connectTimeoutMs?: number;
  /** Silence before each request, so that the meters see where it begins. */
  gapMs?: number;
  /** Silence before the request after one that failed, since its answer may still come. */
  quietMs?: number;
}

/** How a request is made. */
export interface AskOptions {
  signal?: AbortSignal | undefined;
  /** The request carries a password: no error shows bytes, since the line may echo them. */
  secret?: boolean;
  /** Instead of the bus's own. */
  replyTimeoutMs?: number | undefined;
  /** Notes what goes over the line, unless it is secret. */
  record?: ReadRecord;
}

/** After so many silent requests in a row a TCP connection is opened anew: its other end may be gone unnoticed. */
const SILENT_REQUESTS = 3;

/** A line as a sequence of requests, one at a time. A connection that broke is opened anew for the next request. */
export class Dlt645Bus {
  readonly where: string;
  readonly #options: Required<Dlt645BusOptions>;
  readonly #closed = new AbortController();
  #stream: Duplex | undefined;
  #listening: Pick<Listening<object>, "push" | "fail"> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #lastByteMs = -Infinity;
  /** When a request failed last: its answer may come after this. */
  #failedMs = -Infinity;
  #silentRequests = 0;

  constructor({
    port,
    replyTimeoutMs = 2_000,
    connectTimeoutMs = 3_000,
    gapMs = 30,
    quietMs = 500,
  }: Dlt645BusOptions) {
    this.#options = { port, replyTimeoutMs, connectTimeoutMs, gapMs, quietMs };
    this.where = describePort(port);
  }

  /** Runs a job of several requests when all earlier jobs are done. */
  async inTurn<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const ends = AbortSignal.any([this.#closed.signal, ...(signal === undefined ? [] : [signal])]);
    const result = this.#turn.then(() => {
      ends.throwIfAborted();
      return job();
    });
    this.#turn = result.catch(() => undefined);
    return untilAborted(result, ends);
  }

  /**
   * Sends a request and gives every frame that comes to `take`, until that returns something. To be called within
   * {@link inTurn} only.
   * @param take returns why a frame is not the answer, as a text; may throw
   * @throws MeterError, and the signal's reason
   */
  async ask<T extends object>(
    request: Dlt645Frame,
    take: (frame: ReceivedFrame) => T | string,
    { signal, secret = false, record, ...options }: AskOptions = {},
  ): Promise<T> {
    const { replyTimeoutMs = this.#options.replyTimeoutMs } = options;
    const noted = secret ? undefined : record;
    const { answer, heard } = await this.#exchange(request, take, replyTimeoutMs, signal, noted);
    if (answer !== undefined) return answer;
    const who = `the meter ${request.address} at ${this.where}`;
    if (heard.fault === undefined)
      throw new MeterError("silent", `There was no answer of ${who} within ${replyTimeoutMs} ms.`, {
        metaMessages: ["Check the address, the wiring, and the line's baud rate and parity."],
      });
    // Of a damaged echo the fault would tell a byte, or the sum of all.
    const fault = secret ? "what came is none" : heard.fault;
    throw new MeterError("malformed", `No usable answer of ${who}: ${fault}.`, {
      hex: secret ? undefined : showHex(heard.bytes),
    });
  }

  /** Sends a request and gathers all frames that come within a time, with what was noise. */
  async gather(
    request: Dlt645Frame,
    windowMs: number,
    signal?: AbortSignal,
  ): Promise<{ frames: ReceivedFrame[]; noise: boolean }> {
    const frames: ReceivedFrame[] = [];
    const { heard } = await this.#exchange(
      request,
      (frame) => {
        frames.push(frame);
        return "";
      },
      windowMs,
      signal,
    );
    // All that may answer had its time, so that nothing is late.
    this.#failedMs = -Infinity;
    this.#silentRequests = 0;
    return { frames, noise: heard.noise };
  }

  /** Ends the connection for good; what is under way fails. */
  async close(): Promise<void> {
    this.#closed.abort(
      new MeterError("unreachable", `The line at ${this.where} was closed by its user.`),
    );
    await this.#drop();
  }

  async #exchange<T extends object>(
    request: Dlt645Frame,
    take: (frame: ReceivedFrame) => T | string,
    replyTimeoutMs: number,
    signal: AbortSignal | undefined,
    record?: ReadRecord,
  ): Promise<{ answer: T | undefined; heard: Heard }> {
    const ends = AbortSignal.any([this.#closed.signal, ...(signal === undefined ? [] : [signal])]);
    const stream = await this.#open(ends);
    await this.#untilQuiet(ends);
    if (this.#stream !== stream)
      throw unreachable(this.#options.port, new Error("the connection ended"));
    const listening = new Listening<T>(encodeFrame(request, { wakeUpBytes: 0 }), take);
    this.#listening = listening;
    try {
      const sent = encodeFrame(request);
      record?.note("sent", sent);
      stream.write(sent);
      const answer = await listening.wait(replyTimeoutMs, ends);
      this.#failedMs = answer === undefined ? performance.now() : -Infinity;
      await this.#countSilence(answer !== undefined || listening.heard.fault !== undefined);
      return { answer, heard: listening.heard };
    } catch (error) {
      if (error instanceof MeterError && error.failure === "refused") this.#silentRequests = 0;
      else this.#failedMs = performance.now();
      throw error;
    } finally {
      this.#listening = undefined;
      record?.note("received", listening.heard.bytes);
    }
  }

  async #open(signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted();
    if (this.#stream?.destroyed === false) return this.#stream;
    await this.#drop();
    const { port, connectTimeoutMs } = this.#options;
    const stream = await openStream(port, { timeoutMs: connectTimeoutMs, signal });
    if (signal.aborted) {
      await closeStream(stream);
      throw signal.reason as Error;
    }
    this.#stream = stream;
    // What lies in the port's buffer answers nothing that is asked from now on.
    this.#lastByteMs = performance.now();
    const fail = (error?: Error | null) => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      void closeStream(stream);
      this.#listening?.fail(unreachable(port, error ?? new Error("the connection ended")));
    };
    stream.on("data", (chunk: Buffer) => {
      this.#lastByteMs = performance.now();
      // What comes while nobody listens answers nothing any more.
      if (this.#listening?.push(chunk) === "flood") fail(new Error("it sends without end"));
    });
    stream.on("error", fail);
    stream.on("end", fail);
    stream.on("close", fail);
    return stream;
  }

  /** Waits until nothing has come for the time that is due; a line that is never quiet cannot be used. */
  async #untilQuiet(signal: AbortSignal): Promise<void> {
    const { gapMs, quietMs, replyTimeoutMs } = this.#options;
    const startMs = performance.now();
    let heardLateMs = Infinity;
    for (;;) {
      // What has come in already must be heard first.
      await immediate();
      // Bytes after a failure are the late answer, which may have more to come.
      if (this.#failedMs !== -Infinity) this.#failedMs = Math.max(this.#failedMs, this.#lastByteMs);
      const lateMs = this.#failedMs + quietMs;
      const restMs = Math.max(lateMs, this.#lastByteMs + gapMs) - performance.now();
      if (restMs <= 0) return;
      // A first look after that may be late because this process was busy.
      if (this.#lastByteMs > heardLateMs)
        throw new MeterError("malformed", `The line at ${this.where} is never quiet.`, {
          metaMessages: ["Look for a device that keeps sending, and for missing termination."],
        });
      if (performance.now() - startMs > quietMs + replyTimeoutMs) heardLateMs = this.#lastByteMs;
      await sleep(Math.ceil(restMs), undefined, { signal }).catch((error: unknown) => {
        throw signal.aborted ? (signal.reason as Error) : error;
      });
    }
  }

  async #countSilence(heard: boolean): Promise<void> {
    this.#silentRequests = heard ? 0 : this.#silentRequests + 1;
    if (this.#options.port.kind === "tcp" && this.#silentRequests >= SILENT_REQUESTS) {
      this.#silentRequests = 0;
      await this.#drop();
    }
  }

  async #drop(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) await closeStream(stream);
  }
}

/** A promise that rejects as soon as the signal says so, whatever it still does. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
