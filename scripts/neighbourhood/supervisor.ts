import { BaseError } from "../../sdk/errors.ts";
import type { Clock, RunTime } from "../../sdk/clock.ts";

/** A part of a run, made anew whenever it starts. */
export interface Part {
  name: string;
  /** Runs until the signal. What it throws ends this life of the part. */
  run(clock: Clock, signal: AbortSignal): Promise<void>;
}

/** How a part is. */
export interface PartHealth {
  name: string;
  running: boolean;
  restarts: number;
  lastError: string | undefined;
}

/** Why a part stopped, where it was told to. */
class StoppedError extends Error {
  override name = "StoppedError";
}

const FIRST_PAUSE_S = 0.5;
const LONGEST_PAUSE_S = 8;

/** Keeps one part running: when it fails it starts again, later and later while it keeps failing. */
export class SupervisedPart {
  readonly health: PartHealth;
  readonly #part: Part;
  readonly #time: RunTime;
  readonly #log: (line: string) => void;
  readonly #stop = new AbortController();
  #life = new AbortController();
  #pauseS = FIRST_PAUSE_S;
  #done: Promise<void> | undefined;

  constructor(part: Part, time: RunTime, log: (line: string) => void) {
    this.#part = part;
    this.#time = time;
    this.#log = log;
    this.health = { name: part.name, running: false, restarts: 0, lastError: undefined };
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** Ends this life of the part at once; the next begins after a pause. */
  kill(pauseS = 0): void {
    this.#pauseS = pauseS;
    this.#life.abort(new StoppedError("killed"));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new StoppedError("stopped"));
    await this.#done;
  }

  async #run(): Promise<void> {
    const clock = this.#time.join();
    const { signal: stopping } = this.#stop;
    const isStopping = () => stopping.aborted;
    try {
      while (!isStopping()) {
        this.#life = new AbortController();
        this.health.running = true;
        try {
          await this.#part.run(clock, AbortSignal.any([stopping, this.#life.signal]));
          return;
        } catch (error) {
          if (isStopping()) return;
          if (!(error instanceof StoppedError)) this.#note(error);
        }
        this.health.running = false;
        ++this.health.restarts;
        await clock.until(clock.nowS() + this.#pauseS, stopping);
        this.#pauseS = Math.min(LONGEST_PAUSE_S, Math.max(FIRST_PAUSE_S, 2 * this.#pauseS));
      }
    } catch (error) {
      if (!isStopping()) this.#note(error);
    } finally {
      this.health.running = false;
      clock.leave();
    }
  }

  #note(error: unknown): void {
    const message =
      error instanceof BaseError
        ? [error.shortMessage, ...(error.details === undefined ? [] : [`(${error.details})`])].join(
            " ",
          )
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    this.health.lastError = message.split("\n")[0];
    this.#log(`${this.#part.name}: ${message}`);
  }
}
