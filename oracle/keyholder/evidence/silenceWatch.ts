import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { Finding } from "../store/evidenceRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { KeptRound } from "../store/roundRows.ts";
import type { Witness } from "./witness.ts";

/** Further back than this nothing is looked for: after a long pause both were silent. */
const MOST_PERIODS = 100n;

/** Notes periods that had plans of both sides and no round, or one that was left: a matcher that does nothing lies as well. */
export class SilenceWatch {
  readonly #store: KeyHolderStore;
  readonly #chain: KeyHolderChain;
  readonly #witness: Witness;
  #next: bigint | undefined;

  constructor(store: KeyHolderStore, chain: KeyHolderChain, witness: Witness) {
    this.#store = store;
    this.#chain = chain;
    this.#witness = witness;
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
    const rounds = this.#store.rounds.ofPeriod(period);
    if (rounds.length === 0) this.#lookForPlans(period);
    for (const round of rounds) {
      if (round.state === "ended") continue;
      this.#witness.keep(roundLeft(round, "before proposals closed"));
      this.#store.rounds.setState(round.id, "ended");
    }
  }

  #lookForPlans(period: bigint): void {
    const { uploads, evidence } = this.#store;
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
    if (!evidence.has(finding)) this.#witness.keep(finding);
  }
}

/** A matcher has opened a round and not finished it. @param until when it should have */
export function roundLeft({ id, period, round, state }: KeptRound, until: string): Finding {
  return {
    kind: "round left",
    culprit: "matcher",
    subject: `period ${period}, round ${round}`,
    period,
    fact: `The matcher has opened round ${round} of period ${period} and did not finish it ${until} (state ${state}).`,
    details: { round: id, state },
  };
}
