import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { AnswerLog } from "./answerLog.ts";

/** More rounds than are worked on at once. */
const MOST_OPEN = 4;

/** The answers about the bids of all rounds, a file each. */
export class RankBook {
  readonly #folder: string;
  readonly #logs = new Map<string, AnswerLog>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Why no more can be kept. */
  get fault(): Error | undefined {
    return [...this.#logs.values()].find(({ fault }) => fault !== undefined)?.fault;
  }

  answerOf(round: string, position: number): string | undefined {
    return this.#log(round).answers.get(position);
  }

  /** By position. */
  answersOf(round: string): ReadonlyMap<number, string> {
    return this.#log(round).answers;
  }

  /** How many there are, of a round that is worked on. */
  toldOf(round: string): number | undefined {
    return this.#logs.get(round)?.answers.size;
  }

  /** @throws StoreFullError, StoreWriteError */
  add(round: string, position: number, answer: string): Promise<void> {
    return this.#log(round).add(position, answer);
  }

  async forget(rounds: readonly string[]): Promise<void> {
    for (const round of rounds) {
      await this.#logs.get(round)?.close();
      this.#logs.delete(round);
      rmSync(this.#fileOf(round), { force: true });
    }
  }

  async close(): Promise<void> {
    for (const log of this.#logs.values()) await log.close();
    this.#logs.clear();
  }

  #fileOf(round: string): string {
    return path.join(this.#folder, `${round.replace(/^0x/, "")}.ranks`);
  }

  #log(round: string): AnswerLog {
    let log = this.#logs.get(round);
    if (log === undefined) {
      log = new AnswerLog(this.#fileOf(round));
      for (const [oldest, open] of this.#logs) {
        if (this.#logs.size < MOST_OPEN) break;
        // Two at once would write over each other.
        if (!open.isIdle || open.fault !== undefined) continue;
        this.#logs.delete(oldest);
        void open.close();
      }
      this.#logs.set(round, log);
    }
    return log;
  }
}
