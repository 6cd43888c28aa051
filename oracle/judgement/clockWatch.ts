/** The machine's two clocks, in milliseconds. */
export interface MachineClocks {
  /** Since 1970. It may be set by anybody, at any time, to anything. */
  wallMs(): number;
  /** Since some moment; it only runs forwards, at the pace of time, and not while the machine sleeps. */
  monotonicMs(): number;
}

export interface ClockWatchOptions {
  clocks?: MachineClocks;
  /** The wall clock may differ so much from where it ought to be; more is a step. */
  toleranceS?: number;
  /** A new block's time may differ so much from the true time: its age, and what its maker's clock is off. */
  chainToleranceS?: number;
}

/** The latest block, and when it was seen. */
export interface BlockSeen {
  blockTimestampS: number;
  /** By the monotonic clock; now unless given. */
  atMonoMs?: number;
}

const SYSTEM_CLOCKS: MachineClocks = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/**
 * Tells the time by the wall clock for as long as this moves with the monotonic clock. After a step it goes on by the
 * monotonic clock, until a new block's time confirms the new wall time, or the old one. The time is not trusted while the
 * chain contradicts whatever the machine says.
 */
export class ClockWatch {
  readonly #clocks: MachineClocks;
  readonly #toleranceS: number;
  readonly #chainToleranceS: number;
  /** What is added to the monotonic clock. Moved only where the chain confirms it, so that small steps add up. */
  #anchorS: number;
  #latestS = -Infinity;
  /** Where the chain's pace is measured from. */
  #paceFrom: Required<BlockSeen> | undefined;
  #chainIsLive = false;
  #contradiction: string | undefined;
  #offsetS: number | undefined;

  constructor({
    clocks = SYSTEM_CLOCKS,
    toleranceS = 10,
    chainToleranceS = 60,
  }: ClockWatchOptions = {}) {
    this.#clocks = clocks;
    this.#toleranceS = toleranceS;
    this.#chainToleranceS = chainToleranceS;
    this.#anchorS = this.#wallAnchorS();
  }

  /** The time to go by, in unix seconds. */
  nowS(): number {
    const anchorS = this.#hasStepped() ? this.#anchorS : this.#wallAnchorS();
    return anchorS + this.#clocks.monotonicMs() / 1000;
  }

  /** How far the wall clock is ahead of where it ought to be, behind where negative. */
  get stepS(): number {
    return this.#wallAnchorS() - this.#anchorS;
  }

  /** False while the chain contradicts the time to go by. */
  get trusted(): boolean {
    return this.#contradiction === undefined;
  }

  /** What is wrong with the clocks, in a sentence. */
  get reason(): string | undefined {
    if (this.#contradiction !== undefined || !this.#hasStepped()) return this.#contradiction;
    return `The machine's clock was set ${distance(this.stepS)} the time that had passed; time goes on as before until the chain confirms it.`;
  }

  /** How far the wall clock was ahead of the latest block's time when this was seen; undefined before. */
  get offsetS(): number | undefined {
    return this.#offsetS;
  }

  /** Compares the latest block's time, as soon as it is known. */
  observe({ blockTimestampS, atMonoMs = this.#clocks.monotonicMs() }: BlockSeen): void {
    const behindWallS = this.#wallAnchorS() + atMonoMs / 1000 - blockTimestampS;
    const behindAnchorS = this.#anchorS + atMonoMs / 1000 - blockTimestampS;
    this.#offsetS = behindWallS;
    // An old block tells only that its time is past.
    if (blockTimestampS <= this.#latestS) return;
    this.#latestS = blockTimestampS;
    this.#measurePace({ blockTimestampS, atMonoMs });

    const wallFits = Math.abs(behindWallS) <= this.#chainToleranceS;
    const anchorFits = Math.abs(behindAnchorS) <= this.#chainToleranceS;
    if (wallFits && (!anchorFits || Math.abs(behindWallS) <= Math.abs(behindAnchorS))) {
      this.#anchorS = this.#wallAnchorS();
      this.#contradiction = undefined;
    } else if (anchorFits) {
      this.#contradiction = undefined;
    } else {
      this.#doubt(this.#hasStepped() ? behindAnchorS : behindWallS);
    }
  }

  /** A chain that stands still or a node that catches up has old blocks; only one at the pace of time contradicts. */
  #doubt(behindS: number): void {
    if (behindS > 0 && !this.#chainIsLive) return;
    const clock = this.#hasStepped()
      ? "time of the machine before its clock was set"
      : "machine's clock";
    this.#contradiction = `The ${clock} is ${distance(behindS)} the chain's.`;
  }

  #measurePace(seen: Required<BlockSeen>): void {
    this.#paceFrom ??= seen;
    const passedS = (seen.atMonoMs - this.#paceFrom.atMonoMs) / 1000;
    if (passedS < this.#chainToleranceS) return;
    const chainPassedS = seen.blockTimestampS - this.#paceFrom.blockTimestampS;
    this.#chainIsLive = Math.abs(chainPassedS - passedS) <= this.#chainToleranceS / 2;
    this.#paceFrom = seen;
  }

  #hasStepped(): boolean {
    return Math.abs(this.stepS) > this.#toleranceS;
  }

  #wallAnchorS(): number {
    return (this.#clocks.wallMs() - this.#clocks.monotonicMs()) / 1000;
  }
}

function distance(aheadS: number): string {
  return `${Math.abs(Math.round(aheadS))} s ${aheadS > 0 ? "ahead of" : "behind"}`;
}
