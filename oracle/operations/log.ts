import type { Secret } from "../config/secret.ts";
import { jsonLine, type LogFields, type LogFormat, type LogLevel } from "./logLine.ts";
import { redactor } from "./redact.ts";
import { Repeats } from "./repeats.ts";

export interface LogOptions {
  /** Takes a line without its end, such as {@link writeLinesTo} makes. */
  write: (line: string) => void;
  /** `jsonLine` unless given; `textLine` for terminals. */
  format?: LogFormat;
  /** Less than this is left out; `info` unless given. */
  level?: LogLevel;
  /** Taken out of every line, whoever wrote it. */
  secrets?: readonly Secret[];
  /** Repeats within this time are counted, not said; 600 unless given. */
  repeatEveryS?: number;
  nowMs?: () => number;
}

/** What a message is about. */
export interface LogTopic {
  /** Messages of the same key are repeats of each other, whatever their text and fields say. */
  repeatKey?: string;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * Says what happens, one line each. A repeat, which is the same message with the same fields or the same
 * {@link LogTopic.repeatKey}, is said once and then every so often with `repeats`, the number left out in between.
 */
export class Log {
  readonly #options: Required<Omit<LogOptions, "secrets" | "repeatEveryS">>;
  readonly #redact: (text: string) => string;
  readonly #repeats: Repeats;

  constructor({ secrets = [], repeatEveryS = 600, ...options }: LogOptions) {
    this.#options = { format: jsonLine, level: "info", nowMs: Date.now, ...options };
    this.#redact = redactor(secrets);
    this.#repeats = new Repeats(repeatEveryS * 1000);
  }

  debug(message: string, fields?: LogFields, topic?: LogTopic): void {
    this.#say("debug", message, fields, topic);
  }

  info(message: string, fields?: LogFields, topic?: LogTopic): void {
    this.#say("info", message, fields, topic);
  }

  warn(message: string, fields?: LogFields, topic?: LogTopic): void {
    this.#say("warn", message, fields, topic);
  }

  error(message: string, fields?: LogFields, topic?: LogTopic): void {
    this.#say("error", message, fields, topic);
  }

  /**
   * Ends a row of repeats, as where a meter answers again: the next of them is said at once.
   * @returns how many were left out since one was said
   */
  endRepeats(repeatKey: string): number {
    return this.#repeats.end(repeatKey);
  }

  #say(level: LogLevel, message: string, fields: LogFields = {}, topic: LogTopic = {}): void {
    const { write, format, nowMs } = this.#options;
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#options.level)) return;
    const timeMs = nowMs();
    const line = (said: LogFields) =>
      format({ timeMs, level, message, fields: said }, this.#redact);
    // The time differs in repeats, so that the line of time 0 tells whether it is one.
    const key = topic.repeatKey ?? format({ timeMs: 0, level, message, fields }, this.#redact);
    const repeats = this.#repeats.take(key, timeMs);
    if (repeats !== undefined) write(line(repeats === 0 ? fields : { ...fields, repeats }));
  }
}

/** Writes lines to a stream; one that is gone, such as a closed pipe, ends nothing. */
export function writeLinesTo(stream: NodeJS.WritableStream): (line: string) => void {
  stream.on("error", () => {});
  return (line) => void stream.write(`${line}\n`);
}
