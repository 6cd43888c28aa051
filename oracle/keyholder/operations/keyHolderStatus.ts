import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { EpochKeeper } from "../epochs/epochKeeper.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { RoundSummary } from "../store/roundRows.ts";

export interface StatusSources {
  /** The key holder's own address. */
  address: string;
  matcher: string;
  store: KeyHolderStore;
  chain: KeyHolderChain;
  epochs: EpochKeeper;
}

export type KeyHolderStatus = ReturnType<typeof keyHolderStatus>;

const MOST_ROUNDS = 64;
const MOST_EVIDENCE = 100;
const MOST_BANS = 100;

/** What everybody may know of a key holder: nothing of it is a plan's term. */
export function keyHolderStatus({ address, matcher, store, chain, epochs }: StatusSources) {
  const { chainId, pool } = chain.pool;
  return {
    keyHolder: address,
    matcher,
    pool,
    chainId,
    /** The chain's time. */
    nowS: chain.lastNowS,
    epochs: epochs.announced().map(({ number, fromPeriod, refusals, isRetired }) => {
      return { epoch: number, fromPeriod, refusals, isRetired };
    }),
    uploads: store.uploads.counts(),
    rounds: store.rounds.latest(MOST_ROUNDS).map((round) => roundStatus(store, round)),
    matches: store.matches.counts(),
    verdicts: store.verdicts.counts(),
    banned: store.matches.bans(MOST_BANS),
    evidence: store.evidence.latest(MOST_EVIDENCE),
    evidenceCounts: store.evidence.counts(),
  };
}

function roundStatus({ ranks }: KeyHolderStore, round: RoundSummary) {
  const { id, period, round: index, state, bids, offers, told, pairs, formed, proposed } = round;
  return {
    period,
    round: index,
    id,
    state,
    bids,
    offers,
    ranksTold: ranks.toldOf(id) ?? told,
    pairs,
    formed,
    proposed,
  };
}
