import { ClockWatch } from "../../../oracle/judgement/clockWatch.ts";
import type { RunTime } from "../../../sdk/clock.ts";

/** A step during a wait is noticed within this time, as on a machine. */
const LONGEST_WAIT_S = 30;

/** A machine whose wall clock somebody sets, while its monotonic clock runs on. */
export class SteppedClock {
  /** How far the wall clock is ahead of the true time. */
  aheadS: number;
  readonly watch: ClockWatch;
  readonly #trueTime: RunTime;

  constructor(trueTime: RunTime, aheadS = 0) {
    this.#trueTime = trueTime;
    this.aheadS = aheadS;
    const bootS = trueTime.nowS() - 1_000;
    this.watch = new ClockWatch({
      clocks: {
        wallMs: () => (trueTime.nowS() + this.aheadS) * 1000,
        monotonicMs: () => (trueTime.nowS() - bootS) * 1000,
      },
    });
  }

  /** The time that the watch tells, over a simulated time; `watchedTime` is the same over timers. */
  get time(): RunTime {
    const nowS = () => this.watch.nowS();
    return {
      nowS,
      join: () => {
        const clock = this.#trueTime.join();
        return {
          nowS,
          until: async (timeS, signal) => {
            for (let leftS = timeS - nowS(); leftS > 0; leftS = timeS - nowS())
              await clock.until(clock.nowS() + Math.min(leftS, LONGEST_WAIT_S), signal);
          },
          leave: () => {
            clock.leave();
          },
        };
      },
    };
  }
}
