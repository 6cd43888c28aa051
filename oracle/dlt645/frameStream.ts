import { frameAt, START, WAKE_UP, type Dlt645Frame, type FrameAt } from "./frame.ts";

/** A frame as it came, with its bytes from the first 68 to the 16. */
export interface ReceivedFrame extends Dlt645Frame {
  bytes: Buffer;
}

/** What may lie between frames: wake-up bytes, trailers, and the zero of a bus that turns around. */
const FILLERS: ReadonlySet<number> = new Set([WAKE_UP, 0xff, 0x00]);

/**
 * Finds frames in the bytes of a line, however they are split, merged or mixed with noise. It never holds more than the
 * beginning of one frame.
 */
export class FrameStream {
  #pending: Buffer = Buffer.alloc(0);
  #fault: string | undefined;

  /** Why bytes that came since the last `clear` belong to no frame; undefined where all do. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Takes what the line gave; returns the frames that are now complete. */
  push(chunk: Uint8Array): ReceivedFrame[] {
    this.#pending =
      this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk]);
    return this.#take(false);
  }

  /**
   * Gives up the frame that has begun, since the line is quiet, and looks behind its start: noise that looked like the
   * beginning of a long frame must not swallow the frame after it. Within a frame that may still come, what looks like
   * a frame is data, so that this is not done earlier.
   */
  flush(): ReceivedFrame[] {
    return this.#take(true);
  }

  /** Forgets everything. */
  clear(): void {
    this.#pending = Buffer.alloc(0);
    this.#fault = undefined;
  }

  /** Keeps the fault that says most: of bytes with the shape of a frame, else the first. */
  #note(found: Exclude<FrameAt, { frame: unknown }>): void {
    const fault = "fault" in found ? found.fault : `${found.missing} bytes or more are missing`;
    this.#fault = "length" in found ? fault : (this.#fault ?? fault);
  }

  #take(quiet: boolean): ReceivedFrame[] {
    const frames: ReceivedFrame[] = [];
    const bytes = this.#pending;
    let offset = 0;
    for (;;) {
      const start = bytes.indexOf(START, offset);
      const skipped = bytes.subarray(offset, start === -1 ? bytes.length : start);
      if (skipped.some((byte) => !FILLERS.has(byte)))
        this.#fault ??= "bytes came that begin no frame";
      offset += skipped.length;
      if (start === -1) break;
      const found = frameAt(bytes, offset);
      if ("frame" in found) {
        const end = offset + found.length;
        frames.push({ ...found.frame, bytes: bytes.subarray(offset, end) });
        offset = end;
        continue;
      }
      if ("missing" in found && !quiet) break;
      this.#note(found);
      // One byte on, not a frame's length: the true start may be the next byte.
      offset++;
    }
    // A copy, since a short rest would otherwise keep a large chunk in memory.
    this.#pending = Buffer.from(bytes.subarray(offset));
    return frames;
  }
}
