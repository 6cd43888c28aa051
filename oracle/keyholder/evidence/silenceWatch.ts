import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import { endRound, type EndParts } from "../rounds/endRound.ts";

/** Further back than this nothing is looked for: after a long pause both were silent. */
const MOST_PERIODS = 100n;

/** Notes periods that had plans of both sides and no round, or one that was left: a matcher that does nothing lies as well, unless the key holder was away. */
export class SilenceWatch {
  readonly #parts: EndParts;
  readonly #chain: KeyHolderChain;
  #next: bigint | undefined;

  constructor(parts: EndParts & { chain: KeyHolderChain }) {
    this.#parts = parts;
    this.#chain = parts.chain;
  }

  look(): void {
    const { times, lastNowS } = this.#chain;
    const open = times.firstProposed(lastNowS);
    const earliest = open > MOST_PERIODS ? open - MOST_PERIODS : 0n;
    let period = this.#next ?? earliest;
    if (period < earliest) period = earliest;
    for (; period < open; period++) this.#lookAt(period);
    this.#next = open;
  }

  #lookAt(period: bigint): void {
    const { rounds } = this.#parts.store;
    const ofPeriod = rounds.ofPeriod(period);
    const { times } = this.#chain;
    if (ofPeriod.length === 0 && !this.#wasAway(period, times.plansCloseAt(period))) {
      this.#lookForPlans(period);
    }
    for (const round of ofPeriod) {
      const wasAway = this.#wasAway(period, round.openedAtS);
      endRound(this.#parts, round, { left: "before proposals closed", wasAway });
    }
  }

  /** Whether the key holder was away in the time that the matcher had: it could do nothing without it. */
  #wasAway(period: bigint, fromS: number): boolean {
    const untilS = this.#chain.times.proposalsCloseAt(period);
    return !this.#parts.store.attendance.covers(fromS, untilS);
  }

  #lookForPlans(period: bigint): void {
    const { store, witness } = this.#parts;
    const { uploads, evidence } = store;
    const { times } = this.#chain;
    // Who uploads in the last moment must not have the matcher blamed: it could do nothing with it any more.
    const untilS = (times.plansCloseAt(period) + times.proposalsCloseAt(period)) / 2;
    const early = uploads.soundOf(period).filter(({ judgedAtS }) => judgedAtS < untilS);
    const sides = new Set(early.map(({ side }) => side));
    if (sides.size < 2) return;
    const finding = {
      kind: "no round",
      culprit: "matcher",
      subject: `period ${period}`,
      period,
      fact: `The matcher has opened no round of period ${period}, which had sound uploads of both sides.`,
    } as const;
    if (!evidence.has(finding)) witness.keep(finding);
  }
}
