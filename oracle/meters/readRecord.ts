import { MeterError, type MeterSample, type RawValue } from "./meter.ts";

/** Of one read so many bytes are kept, the latest: what finds a value comes before the value. */
const MOST_BYTES = 2048;

/** What one read of a meter has brought so far, so that it can be explained also where the read fails. */
export class ReadRecord {
  /** The quantities that were read, as far as it came. */
  readonly raw: RawValue[] = [];
  readonly #frames: { direction: "sent" | "received"; bytes: Buffer }[] = [];
  #length = 0;

  /** Notes what went over the line; nothing is no frame. */
  note(direction: "sent" | "received", bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const kept = Buffer.from(bytes.subarray(-MOST_BYTES));
    this.#frames.push({ direction, bytes: kept });
    this.#length += kept.length;
    while (this.#length > MOST_BYTES) this.#length -= this.#frames.shift()!.bytes.length;
  }

  /** As they were on the line, in their order: `sent 0103…`, `received 0103…`. */
  get frames(): string[] {
    return this.#frames.map(({ direction, bytes }) => `${direction} ${bytes.toString("hex")}`);
  }
}

/**
 * Reads a meter such that its sample has the frames of the line, and an error those and what was read before it.
 * @throws what the read throws
 */
export async function recorded(
  read: (record: ReadRecord) => Promise<MeterSample>,
): Promise<MeterSample> {
  const record = new ReadRecord();
  try {
    return { ...(await read(record)), frames: record.frames };
  } catch (error) {
    if (error instanceof MeterError) {
      error.raw = record.raw;
      error.frames = record.frames;
    }
    throw error;
  }
}
