import { MAX_FRAME_BYTES } from "./frame.ts";
import { FrameStream, type ReceivedFrame } from "./frameStream.ts";

/** What came while waiting for an answer. */
export interface Heard {
  /** Why nothing of it was the answer; undefined where nothing came but the request's echo. */
  fault: string | undefined;
  /** Bytes came that belong to no frame. */
  noise: boolean;
  /** The latest bytes, as many as a frame has. */
  bytes: Buffer;
}

/** A line that sends more than this to one request is not answering it: 115,200 baud give 23 kB in 2 s. */
const MAX_BYTES = 64 * 1024;

/** The wait for the answer to one request. */
export class Listening<T extends object> {
  readonly #request: Buffer;
  readonly #take: (frame: ReceivedFrame) => T | string;
  readonly #frames = new FrameStream();
  readonly #ended: Promise<T | undefined>;
  #end: (answer: T | undefined) => void = () => {};
  #fail: (error: unknown) => void = () => {};
  #mismatch: string | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #count = 0;

  /**
   * @param request its frame without wake-up bytes: an RS-485 adapter that hears itself gives it back
   * @param take see `Dlt645Bus.ask`
   */
  constructor(request: Buffer, take: (frame: ReceivedFrame) => T | string) {
    this.#request = request;
    this.#take = take;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    // It may fail before anybody waits.
    this.#ended.catch(() => undefined);
  }

  get heard(): Heard {
    const fault = this.#mismatch ?? this.#frames.fault;
    return { fault, noise: this.#frames.fault !== undefined, bytes: this.#bytes };
  }

  /** Takes what the line gave; says whether that is beyond all measure. */
  push(chunk: Buffer): "flood" | undefined {
    this.#count += chunk.length;
    if (this.#count > MAX_BYTES) return "flood";
    this.#bytes = Buffer.concat([this.#bytes, chunk]).subarray(-MAX_FRAME_BYTES);
    this.#consider(this.#frames.push(chunk));
    return undefined;
  }

  /** The connection broke. */
  fail(error: Error): void {
    this.#fail(error);
  }

  /** The answer; undefined where there was none in time. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<T | undefined> {
    const abort = () => this.#fail(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const giveUp = () => {
      // A frame may stand behind noise that looked like the beginning of a longer one.
      this.#consider(this.#frames.flush());
      this.#end(undefined);
    };
    // Where this process was busy, the answer may lie unread in the socket: it is read before the immediate.
    const timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
    try {
      return await this.#ended;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  #consider(frames: ReceivedFrame[]): void {
    for (const frame of frames) {
      if (frame.bytes.equals(this.#request)) continue;
      try {
        const taken = this.#take(frame);
        if (typeof taken !== "string") this.#end(taken);
        else if (taken !== "") this.#mismatch = taken;
      } catch (error) {
        this.#fail(error);
      }
    }
  }
}
