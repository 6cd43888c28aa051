import type { Clock } from "../../sdk/clock.ts";

/** Ends a task's waiting before its time. */
export class Alarm {
  #rung = new AbortController();

  /** Ends the wait, or the next one where nobody waits now. */
  ring(): void {
    this.#rung.abort(this);
  }

  /**
   * Waits for a time, or until it rings.
   * @throws the signal's reason
   */
  async until(clock: Clock, timeS: number, signal: AbortSignal): Promise<void> {
    const rung = this.#rung.signal;
    try {
      await clock.until(timeS, AbortSignal.any([signal, rung]));
    } catch (error) {
      if (error !== this) throw error;
      this.#rung = new AbortController();
    }
  }
}
