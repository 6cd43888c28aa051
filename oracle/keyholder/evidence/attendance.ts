import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { AttendanceRows } from "../store/attendanceRows.ts";

/** So long it may be started again, and part of the time for rounds, where that is less. */
const MOST_GAP_S = 15;
const GAP_PART = 0.05;
/** It looks at the chain every half a second: longer without a look, its node or its machine was stuck. */
const MOST_PAUSE_MS = 60_000;

/** Keeps when the key holder was there, by the chain's time: running, with all of its work done, and its node answering. */
export class AttendanceBook {
  readonly #rows: AttendanceRows;
  readonly #chain: KeyHolderChain;
  /** When it was there last; undefined where it was not since it started, or something failed. */
  #notedAtMs: number | undefined;

  constructor(rows: AttendanceRows, chain: KeyHolderChain) {
    this.#rows = rows;
    this.#chain = chain;
  }

  /** The chain was read: where it was there at the last look, it was in between. */
  goOn(): void {
    if (this.#isThere()) this.#note(Infinity);
  }

  /** It has done all that was due. */
  noteDone(): void {
    const { plansLead, proposalsLead } = this.#chain.times.terms;
    const restartS = Math.min(MOST_GAP_S, GAP_PART * (plansLead - proposalsLead));
    this.#note(this.#isThere() ? Infinity : restartS);
  }

  /** Something could not be done: what the matcher asked for meanwhile may have failed by the same. */
  noteTrouble(): void {
    this.#notedAtMs = undefined;
  }

  /** By a clock that goes on while the machine is suspended. */
  #isThere(): boolean {
    return Date.now() - (this.#notedAtMs ?? -Infinity) <= MOST_PAUSE_MS;
  }

  #note(mostGapS: number): void {
    this.#rows.note(this.#chain.lastNowS, mostGapS);
    this.#notedAtMs = Date.now();
  }
}
