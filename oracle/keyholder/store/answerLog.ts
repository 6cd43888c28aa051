import { constants, readFileSync, truncateSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";
import { showValue } from "../../../sdk/errors.ts";
import { syncFolder } from "../../store/durable.ts";
import { RESTORE, StoreDamagedError, StoreFullError, StoreWriteError } from "../../store/errors.ts";

interface Waiting {
  line: string;
  position: number;
  answer: string;
  kept: () => void;
  lost: (error: Error) => void;
}

const CHECKSUM_DIGITS = 8;

const lineOf = (json: string) =>
  `${crc32(json).toString(16).padStart(CHECKSUM_DIGITS, "0")} ${json}\n`;

/**
 * The answers about a round's bids in a file of lines, each with its checksum. A bid costs a part of one sync of the disk:
 * those that come while another is waited for are written together, and the service goes on meanwhile. A transaction of
 * the store would stop it for several syncs.
 */
export class AnswerLog {
  readonly #path: string;
  readonly #answers = new Map<number, string>();
  #length = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;
  #fault: StoreWriteError | undefined;

  /**
   * Reads what there is. An end that was torn by a crash was never answered, and is cut off.
   * @throws StoreDamagedError where a line within is not as it was written
   */
  constructor(file: string) {
    this.#path = file;
    const bytes = readWhole(file);
    for (let start = 0; start < bytes.length; start = this.#length) {
      const end = bytes.indexOf(0x0a, start);
      const json = end === -1 ? undefined : jsonOf(bytes.toString("utf8", start, end));
      if (json === undefined) {
        const isLast = end === -1 || end === bytes.length - 1;
        if (!isLast) {
          const finding = `Its line at byte ${start} is changed.`;
          throw new StoreDamagedError(file, finding, { remedy: RESTORE });
        }
        truncateSync(file, start);
        return;
      }
      const { position } = JSON.parse(json) as { position: number };
      this.#answers.set(position, json);
      this.#length = end + 1;
    }
  }

  /** Why it takes no more answers. */
  get fault(): StoreWriteError | undefined {
    return this.#fault;
  }

  /** By position. */
  get answers(): ReadonlyMap<number, string> {
    return this.#answers;
  }

  /**
   * Keeps an answer: it is on the disk when this resolves, and seen by others only then.
   * @param answer JSON on one line, with its position
   * @throws StoreFullError, StoreWriteError
   */
  add(position: number, answer: string): Promise<void> {
    return new Promise((kept, lost) => {
      this.#waiting.push({ line: lineOf(answer), position, answer, kept, lost });
      this.#writing ??= this.#write();
    });
  }

  /** Whether nothing is being written. */
  get isIdle(): boolean {
    return this.#writing === undefined;
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#append(Buffer.from(batch.map(({ line }) => line).join("")));
        for (const { position, answer, kept } of batch) {
          this.#answers.set(position, answer);
          kept();
        }
      } catch (error) {
        for (const { lost } of batch) lost(error as Error);
      }
    }
    // At once, not when somebody who waits has gone on: what comes next must start anew.
    this.#writing = undefined;
  }

  async #append(bytes: Buffer): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      this.#file ??= await this.#openFile();
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#file.write(bytes, done, null, this.#length + done);
        done += bytesWritten;
      }
      await this.#file.datasync();
      this.#length += bytes.length;
    } catch (error) {
      throw await this.#failure(error as NodeJS.ErrnoException);
    }
  }

  async #openFile(): Promise<FileHandle> {
    const file = await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    await syncFolder(path.dirname(this.#path));
    return file;
  }

  /** A full disk is waited out; after a sync that failed the next may report success without the data. */
  async #failure(error: NodeJS.ErrnoException): Promise<Error> {
    const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
    const isCut = await this.#file?.truncate(this.#length).then(
      () => true,
      () => false,
    );
    if (isFull && isCut !== false) return new StoreFullError(this.#path, error);
    this.#fault = new StoreWriteError(`The file ${showValue(this.#path)} cannot be written.`, {
      metaMessages: ["Check its disk and its rights, then start again."],
      details: error.message,
      cause: error,
    });
    return this.#fault;
  }
}

function readWhole(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

/** What a line holds, where its checksum fits. */
function jsonOf(line: string): string | undefined {
  const json = line.slice(CHECKSUM_DIGITS + 1);
  return `${line}\n` === lineOf(json) ? json : undefined;
}
