import type { EpochKeeper } from "../epochs/epochKeeper.ts";
import type { Witness } from "../evidence/witness.ts";
import type { Finding, SignedProof } from "../store/evidenceRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { KeptRound } from "../store/roundRows.ts";
import { rankFaults } from "./rankAudit.ts";

export interface EndParts {
  store: KeyHolderStore;
  epochs: Pick<EpochKeeper, "manifestOf">;
  witness: Witness;
}

export interface RoundEnding {
  /** Up to when the matcher should have finished it; undefined where it has. */
  left?: string | undefined;
  /** The request that left it. */
  proof?: SignedProof;
  /** Whether the key holder was away since it was opened: what is not done in it is then nobody's fault. */
  wasAway?: boolean;
}

/**
 * Ends a round, whoever ends it: what its opened pairs show of the matcher is put on record, and what plans were found to
 * hold is forgotten. Who leaves a round gets out of neither.
 */
export function endRound(
  parts: EndParts,
  round: KeptRound,
  { left, proof, wasAway = false }: RoundEnding,
): void {
  const { store, witness } = parts;
  if (round.state === "ended") return;
  store.transaction(() => {
    if (left !== undefined && !wasAway) witness.keep(roundLeft(round, left), proof);
    auditRound(parts, round, wasAway);
    store.rounds.setState(round.id, "ended");
    store.rounds.forgetNumbers(round.id);
  });
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

/** What the opened pairs show of the matcher. */
function auditRound({ store, epochs, witness }: EndParts, kept: KeptRound, wasAway: boolean): void {
  const { id, period, round, state } = kept;
  if (state !== "opening") return;
  const subject = `period ${period}, round ${round}`;
  const blame = (kind: string, fact: string, details: object) =>
    witness.keep({ kind, culprit: "matcher", subject, period, fact, details });
  const pairs = store.rounds.pairsOf(id);
  const unopened = pairs.filter(({ answer }) => answer === undefined);
  if (unopened.length > 0 && !wasAway) {
    const fact = `The matcher has left ${unopened.length} of ${pairs.length} pairs unopened.`;
    blame("pairs left", fact, { bids: unopened.map(({ bid }) => bid) });
  }
  const answers = store.ranks.answersOf(id);
  const { code } = epochs.manifestOf(kept.epoch);
  const faults = rankFaults(code, pairs, (bid) => JSON.parse(answers.get(bid)!) as never);
  if (faults.length === 0) return;
  const fact = `The ranks of ${faults.length} bids are not those of the plans that were opened: the matcher had other ciphertexts ranked.`;
  blame("ranks", fact, { round: id, faults });
}
