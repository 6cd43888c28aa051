import { open, readFile, type FileHandle } from "node:fs/promises";
import { BaseError, showValue } from "../../sdk/errors.ts";

/** What the gateway has done with a reading, in the order in which it must happen. */
export type JournalEntry =
  | { type: "market"; chainId: string; market: string }
  | {
      type: "read";
      participant: number;
      meterId: number;
      period: number;
      importWh: string;
      exportWh: string;
      /** Unix seconds. */
      atS: number;
    }
  | { type: "signed"; participant: number; period: number; r: string; vs: string }
  | { type: "sent"; participant: number; period: number }
  | { type: "counted"; participant: number; period: number; hash: string }
  | { type: "refused"; participant: number; period: number; reason: string };

/** The journal cannot be read or written. Writing on after a failed write would pretend to be durable. */
export class JournalError extends BaseError {
  override name = "JournalError";
}

/**
 * An append-only file of one JSON entry a line. An entry is on the disk before `append` resolves. A line that a crash
 * left unfinished is cut off when the journal opens.
 */
export class Journal {
  readonly #file: FileHandle;
  readonly #path: string;
  #queue: Promise<unknown> = Promise.resolve();
  #failure: JournalError | undefined;

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Opens or makes a journal.
   * @returns the journal and what it holds
   * @throws JournalError
   */
  static async open(path: string): Promise<{ journal: Journal; entries: JournalEntry[] }> {
    try {
      const file = await open(path, "a+");
      const text = await readFile(path, "utf8");
      const { entries, validBytes } = parseEntries(path, text);
      await file.truncate(validBytes);
      return { journal: new Journal(file, path), entries };
    } catch (error) {
      if (error instanceof BaseError) throw error;
      throw new JournalError(`The journal ${showValue(path)} cannot be opened.`, {
        metaMessages: ["Check that its folder exists and may be written."],
        details: (error as Error).message,
        cause: error,
      });
    }
  }

  /** Writes entries in one go and waits until they are on the disk. */
  append(entries: readonly JournalEntry[]): Promise<void> {
    const result = this.#queue.then(() => this.#append(entries));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#queue;
    await this.#file.close();
  }

  async #append(entries: readonly JournalEntry[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (entries.length === 0) return;
    try {
      await this.#file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
      await this.#file.datasync();
    } catch (error) {
      // A sync that failed once may report success the next time, without the data.
      this.#failure = new JournalError(`The journal ${showValue(this.#path)} cannot be written.`, {
        metaMessages: ["Free space on its disk or repair it, then start again."],
        details: (error as Error).message,
        cause: error,
      });
      throw this.#failure;
    }
  }
}

function parseEntries(path: string, text: string): { entries: JournalEntry[]; validBytes: number } {
  const lines = text.split("\n");
  // Behind the last line break is nothing, or what a crash left of a line.
  const tail = lines.pop()!;
  const entries = lines.map((line, index) => {
    try {
      return JSON.parse(line) as JournalEntry;
    } catch (error) {
      throw new JournalError(`Line ${index + 1} of the journal ${showValue(path)} is damaged.`, {
        metaMessages: ["Restore it from a copy, or move it away to start anew."],
        cause: error,
      });
    }
  });
  return { entries, validBytes: Buffer.byteLength(text) - Buffer.byteLength(tail) };
}
