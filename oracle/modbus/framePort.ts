import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { setImmediate as immediate, setTimeout as pause } from "node:timers/promises";
import type { Finding, Framing } from "./framing.ts";

type Stray = Extract<Finding, { kind: "stray" }>;

/** What came in during a request beside its answer. */
export interface Evidence {
  strays: Stray[];
  /** All bytes since the request, frames and noise, as far as they are kept. */
  bytes: Buffer;
}

const KEPT_BYTES = 512;
/** How much longer than asked for a line may take to fall silent. */
const NOISE_MS = 300;

/** The line never fell silent. */
export class NoisyLineError extends Error {}

/** The stream ended, so that no answer can come any more. */
export class ClosedPortError extends Error {}

/**
 * The port through which modbus-serial speaks, instead of its own ones, which cannot be made safe: its RTU port takes
 * any bytes that begin with the right unit and function, keeps those of the last request for the next one and gives up
 * at the first bad checksum; its TCP port numbers requests with 8 bits; its "RTU over TCP" sends Modbus TCP. Here only
 * an intact answer to the present request reaches the library, and what else comes in is kept as evidence.
 */
export class FramePort extends EventEmitter {
  // The library keeps requests in slots by these. With one request at a time, one slot is enough and never fills up.
  _transactionIdRead = 1;
  _transactionIdWrite = 1;
  readonly #stream: Duplex;
  readonly #framing: Framing;
  #open = true;
  #heardAt = -Infinity;
  #evidence: Evidence = { strays: [], bytes: Buffer.alloc(0) };
  /** Strays that came before the answer; where one comes after it, either may be the true one. */
  #seen = 0;
  #answered = false;
  #onFailure: ((cause: unknown) => void) | undefined;
  #sent: Buffer = Buffer.alloc(0);
  #echoes: boolean | undefined;

  constructor(stream: Duplex, framing: Framing) {
    super();
    this.#stream = stream;
    this.#framing = framing;
    framing.reset();
    stream.on("data", (bytes: Buffer) => this.#hear(bytes));
    // Also where the other side ends its half: it will not answer any more.
    for (const event of ["close", "end"]) stream.on(event, () => this.end());
    stream.on("error", (error) => this.end(error));
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** True or false once it is known whether the line's adapter hears what it sends. */
  get echoes(): boolean | undefined {
    return this.#echoes;
  }

  /** For the library; the stream is open already. */
  open(callback: (error: null) => void): void {
    callback(null);
  }

  /** For the library; the line closes the stream. */
  close(callback?: () => void): void {
    callback?.();
  }

  /**
   * Expects a request.
   * @param onFailure called where no answer can come any more, or one came that cannot be trusted
   */
  expect(onFailure: (cause: unknown) => void): void {
    this.#onFailure = onFailure;
    this.#answered = false;
    this.#sent = Buffer.alloc(0);
    this.#evidence = { strays: [], bytes: Buffer.alloc(0) };
  }

  /** For the library: sends a request. */
  write(request: Buffer): void {
    this.#sent = this.#framing.begin(request, this.#echoes === true);
    this.#stream.write(this.#sent);
  }

  /** The request as it went over the line; empty until it did. */
  get sent(): Buffer {
    return this.#sent;
  }

  /** The request is over, answered or not. */
  settle(): Evidence {
    this.#onFailure = undefined;
    this.#framing.end();
    if (!this.#answered) this.#seen = this.#evidence.strays.length;
    return this.#evidence;
  }

  /**
   * Waits until nothing has come in for a time.
   * @param notBefore as `performance.now()` tells it
   * @returns the frames that nobody had asked for: those since the last request, or since this was asked before
   * @throws NoisyLineError where the line does not fall silent
   */
  async silence(ms: number, notBefore = 0): Promise<Stray[]> {
    const until = Math.max(notBefore, performance.now()) + ms + NOISE_MS;
    let heardLate = Infinity;
    for (;;) {
      // What has come in already must be heard first.
      await immediate();
      const now = performance.now();
      const quietAt = Math.max(notBefore, this.#heardAt + ms);
      if (now >= quietAt) break;
      // A first look after that may be late because this process was busy.
      if (this.#heardAt > heardLate) throw new NoisyLineError("bytes come in all the time");
      if (now > until) heardLate = this.#heardAt;
      await pause(quietAt - now);
    }
    const strays = this.#evidence.strays.slice(this.#seen);
    this.#seen = this.#evidence.strays.length;
    return strays;
  }

  /** No more answers: a request that waits for one fails. */
  end(cause?: unknown): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onFailure?.(new ClosedPortError("closed", { cause }));
    this.emit("close");
  }

  #hear(bytes: Buffer): void {
    this.#heardAt = performance.now();
    this.#evidence.bytes = Buffer.concat([this.#evidence.bytes, bytes]).subarray(-KEPT_BYTES);
    try {
      for (const finding of this.#framing.push(bytes)) this.#take(finding);
    } catch (error) {
      this.#open = false;
      this.#onFailure?.(error);
    }
  }

  #take(finding: Finding): void {
    if (finding.kind === "reply") {
      this.#echoes ??= false;
      this.#answered = true;
      this.#seen = this.#evidence.strays.length;
      this.emit("data", finding.frame);
    } else if (finding.kind === "echo") {
      this.#echoes = true;
      // It says nothing about the device, which may be silent none the less.
      this.#evidence.bytes = Buffer.alloc(0);
    } else {
      this.#evidence.strays.push(finding);
      if (finding.claims) this.#onFailure?.(new Error(finding.why));
    }
  }
}
